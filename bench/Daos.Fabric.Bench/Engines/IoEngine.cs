using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Engines;

/// <summary>
/// What a job measures. Owned by the job's thread; with submit=app reads and writes come from the thread pool instead, after
/// <see cref="PrepareAsync"/> has finished.
/// </summary>
internal abstract class IoEngine(JobOptions options, int copy, OwnerLoop loop) : IAsyncDisposable
{
    protected JobOptions Options { get; } = options;

    /// <summary>Which copy of the job this is; copies work on objects of their own.</summary>
    protected int Copy { get; } = copy;

    protected OwnerLoop Loop { get; } = loop;

    /// <summary>True when a job that reads must write all blocks first.</summary>
    internal virtual bool NeedsLayout => true;

    /// <summary>durable, volatile, or none where nothing is stored; for the report.</summary>
    internal virtual string Durability => "none";

    /// <summary>Tells the slots before anything else is called.</summary>
    internal virtual void UseSlots(IoSlot[] slots)
    {
    }

    /// <summary>Connects, creates what is needed.</summary>
    internal virtual ValueTask PrepareAsync() => default;

    /// <summary>Memory for the slots' buffers that the engine may reach best; null for ordinary memory. Lives as long as this.</summary>
    internal virtual ShareableRegion? MakeRegion(long lengthBytes) => null;

    /// <summary>Reads a block into the slot's read memory.</summary>
    internal abstract ValueTask<DerCode> ReadAsync(IoSlot slot, long block);

    /// <summary>Writes the slot's write memory as a block.</summary>
    internal abstract ValueTask<DerCode> WriteAsync(IoSlot slot, long block);

    /// <summary>Tells of blocks that will be read or written next.</summary>
    internal virtual void Announce(ReadOnlySpan<long> blocks)
    {
    }

    /// <summary>Ends an operation whose task has completed: what must be released, and what only now can be checked.</summary>
    internal virtual DerCode Finish(IoSlot slot, DerCode code) => code;

    /// <summary>True when read memory holds this block; engines that store nothing compare what came back otherwise.</summary>
    internal virtual bool Check(IoSlot slot, long block) => BlockPattern.Matches(slot.ReadSpan, block, Options.VerifyCrc32C);

    /// <summary>What was allocated so far by owner threads other than the job's. On the job's loop; allocates nothing that it counts.</summary>
    internal virtual ValueTask<AllocationMark> MarkAsync() => new(AllocationMark.Nothing);

    /// <summary>Bytes that were moved beside the operations so far, or of versions that were taken away; 0 where nothing is.</summary>
    internal virtual long BesideBytes => 0;

    /// <summary>Connections of the engine as of the last mark.</summary>
    internal virtual EngineConnections Connections => EngineConnections.Unknown;

    /// <summary>What the job's own store is like now; <see cref="StoreFigures.None"/> where there is none.</summary>
    internal virtual StoreFigures Figures => StoreFigures.None;

    /// <summary>Allocates one array on purpose, on a thread that is counted.</summary>
    internal virtual void Plant() => GC.KeepAlive(new byte[64]);

    /// <summary>Disconnects and removes what was temporary.</summary>
    public virtual ValueTask DisposeAsync() => default;
}
