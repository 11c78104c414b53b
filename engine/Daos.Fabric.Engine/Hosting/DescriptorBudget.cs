using Daos.Fabric.Xstreams.Placement;

namespace Daos.Fabric.Engine.Hosting;

/// <summary>
/// How many connections each transport context of an engine may hold, and how many pools there may be, so that clients never use up the process's file descriptors: a
/// process without any cannot write its log, start a thread or say why it ends. Pure.
/// </summary>
internal static class DescriptorBudget
{
    /// <summary>Connections per context.</summary>
    /// <param name="options">What the engine listens on, and the descriptors it may use.</param>
    /// <param name="plans">Its xstreams.</param>
    /// <exception cref="DaosException">DER_NOMEM: too few descriptors for so many targets; says how many are needed.</exception>
    internal static int PerContext(EngineOptions options, IReadOnlyList<XstreamPlan> plans)
    {
        int most = TransportOptions.ConnectionsMaxDefault;
        if (options.DescriptorsMax is not { } descriptors)
        {
            return most;
        }

        int schemes = CountSchemes(options);
        int targets = CountTargets(plans);
        int perConnection = PerConnection(options, plans);
        int kept = Limits.DescriptorsKept + (targets * Limits.DescriptorsPerTarget);
        int needed = kept + (perConnection * Limits.ConnectionsMin);
        return descriptors >= needed
            ? Math.Min(most, (descriptors - kept) / perConnection)
            : throw new DaosException(
                DerCode.NoMemory,
                "start engine",
                options.Path,
                $"{descriptors} file descriptors are allowed and {needed} are needed for {targets} targets and {schemes} transports; raise 'ulimit -n'");
    }

    /// <summary>Pools of the engine: those that have descriptors kept for them, and those that fit into what the connections leave.</summary>
    internal static int Pools(EngineOptions options, IReadOnlyList<XstreamPlan> plans)
    {
        if (options.DescriptorsMax is not { } descriptors)
        {
            return Limits.PoolsMax;
        }

        int targets = CountTargets(plans);
        int left = descriptors - Limits.DescriptorsKept - (PerConnection(options, plans) * PerContext(options, plans));
        return Math.Min(Limits.PoolsMax, left / (targets * Limits.DescriptorsPerShard));
    }

    private static int CountSchemes(EngineOptions options) => options.Listen.Select(uri => uri.Scheme).Distinct().Count();

    private static int CountTargets(IReadOnlyList<XstreamPlan> plans) => plans.Sum(plan => plan.Tags.Count(tag => tag >= 2));

    // What one more connection of every context takes.
    private static int PerConnection(EngineOptions options, IReadOnlyList<XstreamPlan> plans) =>
        plans.Count * Math.Max(1, CountSchemes(options)) * (options.Listen.Any(uri => uri.Scheme == "shm") ? Limits.DescriptorsPerSharedMemory : 1);
}
