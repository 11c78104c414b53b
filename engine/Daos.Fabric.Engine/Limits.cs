namespace Daos.Fabric.Engine;

/// <summary>Every bound of this project, with its unit and reason.</summary>
internal static class Limits
{
    /// <summary>Targets of one engine: as many xstreams as a mesh connects, less the system's two.</summary>
    internal const int TargetsMax = 126;

    /// <summary>Pools of one engine: each holds an arena, a log and a data file on every target.</summary>
    internal const int PoolsMax = 256;

    /// <summary>Containers of one pool.</summary>
    internal const int ContainersMax = 4096;

    /// <summary>Snapshots of one container: as many as a store keeps.</summary>
    internal const int SnapshotsMax = 1024;

    /// <summary>Open handles of one engine; opening one more evicts the oldest, and the log says so.</summary>
    internal const int HandlesMax = 65536;

    /// <summary>Arena of the system store in bytes: all records and their history.</summary>
    internal const long SystemArenaBytes = 256L << 20;

    /// <summary>Log of the system store in bytes: small, since it is written at the first start.</summary>
    internal const long SystemLogBytes = 4L << 20;

    /// <summary>A log block of the system store in bytes.</summary>
    internal const int SystemLogBlockBytes = 64 << 10;

    /// <summary>Data file of the system store in bytes: the least there is, since records are small values.</summary>
    internal const long SystemDataBytes = 1L << 20;

    /// <summary>How often a stopping xstream looks whether its sockets are closed, in ns.</summary>
    internal const long QuietLookNs = 200_000;

    /// <summary>Looks before it stops anyway: a second.</summary>
    internal const int QuietLooksMax = 5000;

    /// <summary>Between two rounds of a target's upkeep, in ns.</summary>
    internal const long UpkeepIntervalNs = 10_000_000_000;

    /// <summary>A client that modified nothing for so long is forgotten, in clock units: 25 hours, an hour more than any call may last.</summary>
    internal const ulong ClientSilenceUnits = 25UL * 3600 * 1_000_000_000 * HybridLogicalClock.UnitsPerNs;

    /// <summary>Clients forgotten per round and shard, so that a round stays short.</summary>
    internal const int EvictionsPerRound = 64;

    /// <summary>Shards that a target recovers at the same time, count: enough to keep a device busy, and each holds buffers of a few MiB meanwhile.</summary>
    internal const int OpeningsAtOnce = 4;

    /// <summary>Between two rounds of storing the error counters of devices, in ns: DAOS looks at its devices once a minute.</summary>
    internal const long DeviceMonitorIntervalNs = 60_000_000_000;

    /// <summary>File descriptors that no connection gets, count: the runtime and its assemblies, outgoing connections, the log.</summary>
    internal const int DescriptorsKept = 128;

    /// <summary>File descriptors kept for a target, count: the files of ten pools.</summary>
    internal const int DescriptorsPerTarget = 10 * DescriptorsPerShard;

    /// <summary>File descriptors of a pool's shard on one target, count: superblock, log and data.</summary>
    internal const int DescriptorsPerShard = 3;

    /// <summary>File descriptors of one shared memory connection at most, count: the socket, the rings' memory, two doorbells.</summary>
    internal const int DescriptorsPerSharedMemory = 4;

    /// <summary>Connections that each context must be able to hold, count.</summary>
    internal const int ConnectionsMin = 8;
}
