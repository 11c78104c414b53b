using Daos.Fabric.Bench.Engines;

namespace Daos.Fabric.Bench.Running;

/// <summary>Everything measured while one job (or one caller of it) ran. Owned by the thread that runs it; merged after it ended.</summary>
internal sealed class JobStats
{
    internal DirectionStats Read { get; } = new();

    internal DirectionStats Write { get; } = new();

    internal long StartNs { get; set; }

    internal long EndNs { get; set; }

    /// <summary>Managed bytes that the job's thread allocated while measured; 0 when callers on the thread pool did the work.</summary>
    internal long ClientAllocatedBytes { get; set; }

    /// <summary>Managed bytes that the SDK's own owner threads allocated meanwhile; -1 when the job's thread is the only one.</summary>
    internal long LibraryAllocatedBytes { get; set; } = -1;

    /// <summary>Managed bytes that the owner threads of an engine in another process allocated meanwhile; -1 without one.</summary>
    internal long EngineAllocatedBytes { get; set; } = -1;

    /// <summary>Managed bytes that dfio's whole process allocated meanwhile, every thread counted.</summary>
    internal long ProcessAllocatedBytes { get; set; } = -1;

    /// <summary>Connections of the engine at the end.</summary>
    internal EngineConnections Connections { get; set; } = EngineConnections.Unknown;

    /// <summary>Bytes that transfers beside the measured operations moved meanwhile (bulk_beside).</summary>
    internal long BesideBytes { get; set; }

    /// <summary>What a job tells of its own store.</summary>
    internal StoreFigures Store { get; set; }

    /// <summary>The most memory that dfio's whole process ever had in use at once.</summary>
    internal long MemoryPeakBytes { get; set; }

    /// <summary>Share of a core in user mode, percent, whole process.</summary>
    internal double UserPercent { get; set; }

    /// <summary>Share of a core in system mode, percent, whole process.</summary>
    internal double SystemPercent { get; set; }

    /// <summary>How the job's own thread idled.</summary>
    internal LoopStats Loop { get; set; }

    /// <summary>Kind of the reactor that the job's thread ran on.</summary>
    internal string Reactor { get; set; } = "";

    internal long TotalIos => Read.Ios + Write.Ios;

    internal DirectionStats Of(bool read) => read ? Read : Write;

    internal void Reset()
    {
        Read.Reset();
        Write.Reset();
    }

    internal void Merge(JobStats other)
    {
        Read.Merge(other.Read);
        Write.Merge(other.Write);
        StartNs = StartNs == 0 ? other.StartNs : Math.Min(StartNs, other.StartNs);
        EndNs = Math.Max(EndNs, other.EndNs);
        ClientAllocatedBytes += other.ClientAllocatedBytes;

        // Jobs that run together share these threads: each saw what all of them caused.
        LibraryAllocatedBytes = Math.Max(LibraryAllocatedBytes, other.LibraryAllocatedBytes);
        ProcessAllocatedBytes = Math.Max(ProcessAllocatedBytes, other.ProcessAllocatedBytes);
        EngineAllocatedBytes = Math.Max(EngineAllocatedBytes, other.EngineAllocatedBytes);
        Connections = other.Connections;
        BesideBytes += other.BesideBytes;
        Store = other.Store;
        MemoryPeakBytes = Math.Max(MemoryPeakBytes, other.MemoryPeakBytes);
        Loop = Loop.Plus(other.Loop);
        Reactor = other.Reactor;
        UserPercent = Math.Max(UserPercent, other.UserPercent);
        SystemPercent = Math.Max(SystemPercent, other.SystemPercent);
    }
}
