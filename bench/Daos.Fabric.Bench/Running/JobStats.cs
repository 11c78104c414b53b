namespace Daos.Fabric.Bench.Running;

/// <summary>Everything measured while one job (or one caller of it) ran. Owned by the thread that runs it; merged after it ended.</summary>
internal sealed class JobStats
{
    internal DirectionStats Read { get; } = new();

    internal DirectionStats Write { get; } = new();

    internal long StartNs { get; set; }

    internal long EndNs { get; set; }

    /// <summary>Managed bytes that the job's thread allocated while measured; -1 when callers on the thread pool did the work.</summary>
    internal long ClientAllocatedBytes { get; set; }

    /// <summary>Managed bytes that the engine's owner threads allocated meanwhile; -1 when there is no engine.</summary>
    internal long EngineAllocatedBytes { get; set; } = -1;

    /// <summary>Share of a core in user mode, percent, whole process.</summary>
    internal double UserPercent { get; set; }

    /// <summary>Share of a core in system mode, percent, whole process.</summary>
    internal double SystemPercent { get; set; }

    /// <summary>How the job's own thread idled.</summary>
    internal LoopStats Loop { get; set; }

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
        EngineAllocatedBytes = Math.Max(EngineAllocatedBytes, other.EngineAllocatedBytes);
        Loop = Loop.Plus(other.Loop);
        UserPercent = Math.Max(UserPercent, other.UserPercent);
        SystemPercent = Math.Max(SystemPercent, other.SystemPercent);
    }
}
