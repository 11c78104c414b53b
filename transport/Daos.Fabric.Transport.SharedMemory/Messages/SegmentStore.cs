namespace Daos.Fabric.Transport.SharedMemory.Messages;

/// <summary>
/// The private memory of a context: segments that received messages are copied into, shared by all connections, and buffers for frames
/// that find a ring full. Owned by one owner thread.
/// </summary>
internal sealed unsafe class SegmentStore : IDisposable
{
    // What is kept for receiving, so that senders who overflow do not stop it.
    private const int ReserveShare = 8;

    private readonly BufferPool _pool;
    private readonly Stack<ReceiveSegment> _idle = new();
    private ReceiveSegment? _current;
    private int _held;
    private int _pending;
    private bool _disposed;

    internal SegmentStore(string name, int messageBytesMax)
    {
        int bytes = messageBytesMax + RingLayout.LineBytes;
        _pool = new BufferPool(name, bytes, Math.Max(Limits.SegmentPoolBytes / bytes, 4 * ReserveShare));
    }

    /// <summary>Told when receive memory came back after there was none.</summary>
    internal Action? Relieved { get; set; }

    /// <summary>True while received messages find no room.</summary>
    internal bool IsStarved { get; private set; }

    /// <summary>True when only what is kept for receiving is left.</summary>
    internal bool IsShort => _held + _pending >= _pool.Capacity - (_pool.Capacity / ReserveShare);

    /// <summary>
    /// Room for a message and the segment that it lies in, held once by the store; null when everything is held by the layer above.
    /// </summary>
    internal byte* TryTake(int lengthBytes, out ReceiveSegment? segment)
    {
        while (true)
        {
            if (_current is not null)
            {
                // Nobody kept what is in it: the next message takes the same place, which the cache still has.
                segment = _current;
                if (segment.Holders == 1)
                {
                    segment.Reset();
                }

                byte* room = segment.TryTake(lengthBytes);
                if (room is not null)
                {
                    return room;
                }

                _current = null;
                segment.Release();
            }

            if (!TryOpen())
            {
                segment = null;
                IsStarved = true;
                return null;
            }
        }
    }

    /// <summary>A buffer for frames that wait, or null when memory is short.</summary>
    internal OwnedBuffer? TryRentPending()
    {
        OwnedBuffer? buffer = IsShort ? null : _pool.TryRent(BufferPurpose.Send);
        _pending += buffer is null ? 0 : 1;
        return buffer;
    }

    /// <summary>Gives it back.</summary>
    internal void ReturnPending(OwnedBuffer buffer)
    {
        buffer.Return();
        _pending--;
        Relieve();
    }

    /// <summary>A segment that nobody holds any more.</summary>
    internal void Return(ReceiveSegment segment)
    {
        _held--;
        segment.Reset();
        if (_disposed)
        {
            segment.Buffer.Return();
            FreeWhenReturned();
            return;
        }

        _idle.Push(segment);
        Relieve();
    }

    /// <summary>What the layer above and the queues still hold; empty when nothing leaks.</summary>
    internal string DescribeHeld()
    {
        int held = _held - (_current is { Holders: 1 } ? 1 : 0);
        return held + _pending == 0 ? "" : $"{_pool.Name}: {held} segments, {_pending} buffers of waiting frames";
    }

    /// <summary>Frees the memory, what is still held with its last holder.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryPop(out ReceiveSegment? segment))
        {
            segment.Buffer.Return();
        }

        ReceiveSegment? current = _current;
        _current = null;
        current?.Release();
        FreeWhenReturned();
    }

    private bool TryOpen()
    {
        if (!_idle.TryPop(out ReceiveSegment? segment))
        {
            if (_pool.TryRent(BufferPurpose.Receive) is not { } buffer)
            {
                return false;
            }

            segment = new ReceiveSegment(this, buffer);
        }

        _held++;
        segment.AddHolder();
        _current = segment;
        return true;
    }

    private void Relieve()
    {
        if (IsStarved)
        {
            IsStarved = false;
            Relieved?.Invoke();
        }
    }

    private void FreeWhenReturned()
    {
        if (_disposed && _held + _pending == 0 && _pool.IdleCount == _pool.Capacity)
        {
            _pool.Dispose();
        }
    }
}
