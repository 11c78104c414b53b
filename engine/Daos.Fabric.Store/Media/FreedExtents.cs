using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Media;

/// <summary>
/// Freed extents on their way to being free: first until the record that freed them is stable and no read under way can have found them, then
/// until they are old enough (VEA's ageing buffer), unless somebody needs the room. Oldest first. Owned by one owner thread.
/// </summary>
/// <param name="log">Says what is stable.</param>
/// <param name="guard">Says which reads are under way.</param>
/// <param name="loop">Says the time.</param>
/// <param name="ageNs">How long they rest after they were freed.</param>
internal sealed class FreedExtents(TransactionLog log, ReadGuard guard, OwnerLoop loop, long ageNs) : IDisposable
{
    private const int QueueFirst = 4096;

    private NativeQueue<Pending> _pending = new(QueueFirst);
    private NativeQueue<Pending> _ageing = new(QueueFirst);

    /// <summary>Bytes that may not be reused whatever happens.</summary>
    internal long PendingBytes { get; private set; }

    /// <summary>Bytes that rest, and could be reused if there were need.</summary>
    internal long AgeingBytes { get; private set; }

    /// <summary>An extent was freed by the record at a position.</summary>
    internal void Add(DataExtent extent, LogPosition position, long tag)
    {
        _pending.Enqueue(new Pending(extent, position, tag, loop.NowNs + ageNs));
        PendingBytes += extent.LengthBytes;
    }

    /// <summary>Looks again at what became stable and which reads ended.</summary>
    internal void Advance()
    {
        while (_pending.Count > 0 && _pending.Peek().Position <= log.Stable && guard.IsOver(_pending.Peek().Tag))
        {
            Pending oldest = _pending.Peek();
            _pending.Dequeue();
            PendingBytes -= oldest.Extent.LengthBytes;
            AgeingBytes += oldest.Extent.LengthBytes;
            _ageing.Enqueue(in oldest);
        }
    }

    /// <summary>Takes the oldest that may be free now.</summary>
    /// <param name="isNeeded">Its age does not matter: nothing else is free.</param>
    /// <param name="extent">What is free from now on.</param>
    internal bool TryTake(bool isNeeded, out DataExtent extent)
    {
        extent = default;
        if (_ageing.Count == 0 || (!isNeeded && loop.NowNs < _ageing.Peek().ReadyNs))
        {
            return false;
        }

        extent = _ageing.Peek().Extent;
        _ageing.Dequeue();
        AgeingBytes -= extent.LengthBytes;
        return true;
    }

    /// <summary>Frees the queues.</summary>
    public void Dispose()
    {
        _pending.Dispose();
        _ageing.Dispose();
    }

    private readonly record struct Pending(DataExtent Extent, LogPosition Position, long Tag, long ReadyNs);
}
