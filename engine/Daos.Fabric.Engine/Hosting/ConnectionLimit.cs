using Daos.Fabric.Xstreams.Placement;

namespace Daos.Fabric.Engine.Hosting;

/// <summary>
/// How many connections each transport context of an engine may hold, so that clients never use up the process's file descriptors: a
/// process without any cannot write its log, start a thread or say why it ends. Pure.
/// </summary>
internal static class ConnectionLimit
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

        string[] schemes = [.. options.Listen.Select(uri => uri.Scheme).Distinct()];
        int targets = plans.Sum(plan => plan.Tags.Count(tag => tag >= 2));
        int perConnection = plans.Count * Math.Max(1, schemes.Length) * (schemes.Contains("shm") ? Limits.DescriptorsPerSharedMemory : 1);
        int kept = Limits.DescriptorsKept + (targets * Limits.DescriptorsPerTarget);
        int needed = kept + (perConnection * Limits.ConnectionsMin);
        return descriptors >= needed
            ? Math.Min(most, (descriptors - kept) / perConnection)
            : throw new DaosException(
                DerCode.NoMemory,
                "start engine",
                options.Path,
                $"{descriptors} file descriptors are allowed and {needed} are needed for {targets} targets and {schemes.Length} transports; raise 'ulimit -n'");
    }
}
