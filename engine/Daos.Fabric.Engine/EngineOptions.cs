using Daos.Fabric.Core.Faults;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Swim;
using Daos.Fabric.Store.Media.Trimming;
using Daos.Fabric.Store.Scrubbing;
using Daos.Fabric.Xstreams.Placement;

namespace Daos.Fabric.Engine;

/// <summary>What an engine is told at start-up. Immutable after <see cref="Validate"/>; any thread.</summary>
public sealed record EngineOptions
{
    /// <summary><see cref="AggregationAgeMs"/> unless said otherwise: DAOS's.</summary>
    public const int AggregationAgeMsDefault = 60_000;

    /// <summary>The longest age at which versions are aggregated, in ms: a week.</summary>
    public const int AggregationAgeMsMax = 7 * 24 * 3600 * 1000;

    /// <summary><see cref="AggregationIntervalMs"/> unless said otherwise: DAOS's.</summary>
    public const int AggregationIntervalMsDefault = 2_000;

    /// <summary>The shortest time between two rounds of a target's aggregation, in ms: a round looks at each shard.</summary>
    public const int AggregationIntervalMsMin = 10;

    /// <summary>The longest, in ms: an hour.</summary>
    public const int AggregationIntervalMsMax = 3600 * 1000;

    /// <summary>The storage directory. Created when missing; an existing one is either empty or was formatted by an engine.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// Where the shards of pools keep log, metadata and data when that is not <see cref="Path"/>: one to three directories or sets of
    /// devices, DAOS's bdev tiers. Fixed when the storage is formatted. The engine's own tables stay in <see cref="Path"/>.
    /// </summary>
    public IReadOnlyList<Devices.StorageTier> Tiers { get; init; } = [];

    /// <summary>Targets, fixed when the storage is formatted; 0 takes what it was formatted with (1 for a new one).</summary>
    public int Targets { get; init; }

    /// <summary>
    /// Addresses of tag 0. An xstream that serves higher tags listens on the port plus tag, or on the path with "." and the tag;
    /// port 0 lets the system choose each.
    /// </summary>
    public IReadOnlyList<TransportUri> Listen { get; init; } = [];

    /// <summary>
    /// For <c>tcp</c> addresses of <see cref="Listen"/> whose port lies in this range: a tag whose own port is in use takes the next free one
    /// behind those of all tags, up to the last. Null: its own port or none.
    /// </summary>
    public PortRange? FabricPorts { get; init; }

    /// <summary>Nothing survives a restart: no log, everything else the same. Never the default.</summary>
    public bool Volatile { get; init; }

    /// <summary>
    /// What idle xstreams do: adaptive spins up to 50 us when that meets the work and blocks, busy polls for ever as far as there are cores,
    /// sleep blocks at once.
    /// </summary>
    public PollingPolicy Polling { get; init; }

    /// <summary>Short for <see cref="PollingPolicy.Busy"/>.</summary>
    public bool Poll
    {
        get => Polling == PollingPolicy.Busy;
        init => Polling = value ? PollingPolicy.Busy : Polling;
    }

    /// <summary>Cores that the process may use; decides whether the system's tags share the first target's thread.</summary>
    public int Cores { get; init; } = Environment.ProcessorCount;

    /// <summary>Cores to pin xstreams to, targets first; empty for none.</summary>
    public IReadOnlyList<int> PinCores { get; init; } = [];

    /// <summary>The engine's rank; <see cref="Rank.None"/> only for one that awaits it (<see cref="AwaitsSetUp"/>).</summary>
    public Rank Rank { get; init; } = new(0);

    /// <summary>
    /// The engine listens, but answers nothing (DER_UNINIT) until daos_server has given it a rank and told it to begin
    /// (<see cref="EngineServer.SetRankAsync"/>, <see cref="EngineServer.SetUpAsync"/>).
    /// </summary>
    public bool AwaitsSetUp { get; init; }

    /// <summary>
    /// All ranks of the system with the addresses of their tag 0, this one included; empty for an engine on its own. The list is the same on
    /// every engine and stays while it runs.
    /// </summary>
    public IReadOnlyList<GroupMember> Members { get; init; } = [];

    /// <summary>How the others are watched.</summary>
    public SwimOptions Swim { get; init; } = new();

    /// <summary>Sizes of a pool's shard that its creation does not name.</summary>
    public ShardSizes DefaultSizes { get; init; } = new();

    /// <summary>How stored values are compared with their checksums in the background; off as in DAOS.</summary>
    public ScrubOptions Scrub { get; init; } = new();

    /// <summary>Whether freed data blocks of pools are given back to the file system below.</summary>
    public TrimMode DataTrim { get; init; }

    /// <summary>When a device is set faulty by itself.</summary>
    public Devices.AutoFaultyOptions AutoFaulty { get; init; } = new();

    /// <summary>
    /// Versions are aggregated once they are so old, in milliseconds: until then every epoch stays readable, later only snapshots and the
    /// newest (DAOS: 60 s). 0 to a week.
    /// </summary>
    public int AggregationAgeMs { get; init; } = AggregationAgeMsDefault;

    /// <summary>Between two rounds of aggregation on a target, in milliseconds (DAOS: 2 s). 10 ms to an hour.</summary>
    public int AggregationIntervalMs { get; init; } = AggregationIntervalMsDefault;

    /// <summary>Modules to load from assemblies besides the built-in ones.</summary>
    public IReadOnlyList<Modules.ModuleReference> Modules { get; init; } = [];

    /// <summary>File descriptors that this process may use, from which the number of connections follows; null for no such bound.</summary>
    public int? DescriptorsMax { get; init; }

    /// <summary>Faults of this engine, or null.</summary>
    public FaultRegistry? Faults { get; init; }

    /// <summary>
    /// Told one sentence at a time what an operator may want to know. While xstreams run on threads it is called on one that writes the log
    /// and may block, else on the thread that starts or stops the engine. Must not throw.
    /// </summary>
    public Action<string>? Log { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> with the option's name, value and range.</summary>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Path);
        _ = Devices.TierRoles.Assign(Tiers);
        if (Volatile && Tiers.Any(static t => t.IsShared))
        {
            throw new ArgumentException("storage tiers: a volatile engine keeps its data in files that it makes; give it directories instead of devices");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(Targets);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Targets, Limits.TargetsMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(Cores, 1);
        CheckMs(AggregationAgeMs, 0, AggregationAgeMsMax, nameof(AggregationAgeMs));
        CheckMs(AggregationIntervalMs, AggregationIntervalMsMin, AggregationIntervalMsMax, nameof(AggregationIntervalMs));
        DefaultSizes.Validate();
        Scrub.Validate();
        Swim.Validate();
        if (Rank == Rank.None && (!AwaitsSetUp || Members.Count > 0))
        {
            throw new ArgumentException($"{nameof(Rank)} is none; only an engine that awaits its set-up, and is not given its members, may have none");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(Members.Count, GroupLimits.RanksMax);
        if (Members.Count > 0 && (Members.All(m => m.Rank != Rank) || Members.DistinctBy(m => m.Rank).Count() != Members.Count))
        {
            throw new ArgumentException($"{nameof(Members)} must name rank {Rank}, and each rank once");
        }
    }

    private static void CheckMs(int value, int least, int most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentException($"{name} is {value} ms; it must be {least} to {most} ms", name);
        }
    }

    internal XstreamPlanOptions PlanOf(int targets) => new() { Targets = targets, Cores = Cores, Polling = Polling, PinCores = PinCores };
}
