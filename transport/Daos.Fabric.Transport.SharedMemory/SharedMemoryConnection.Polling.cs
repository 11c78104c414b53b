using Daos.Fabric.Transport.SharedMemory.Native;

namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>Rings and doorbells: what is done every turn while the connection is in use, and how it falls asleep and wakes.</summary>
internal sealed unsafe partial class SharedMemoryConnection
{
    private readonly BellWatch _bellWatch;
    private SharedSegment? _segment;
    private RingWriter _out = null!;
    private RingReader _in = null!;
    private uint* _ownFlags;
    private uint* _peerFlags;
    private int _ownBell = -1;
    private int _peerBell = -1;
    private int _ringLines;
    private bool _sent;
    private bool _freed;
    private long _lastUsedNs;

    // What waits for room in the ring.
    private bool HasOutgoing => !_pending.IsEmpty || _wantsWritable || _sends.First is not null || _reads.Count > 0;

    /// <summary>Sends what waits and takes what came, within a budget; the number of frames taken.</summary>
    internal int Poll()
    {
        if (HasOutgoing)
        {
            PumpOut();
        }

        int frames = _state == State.Open ? TakeFrames(Limits.FramesPerPoll) : 0;
        if (_state == State.Open && _out.IsBroken)
        {
            Break("the peer's place in the ring makes no sense");
        }

        if (frames > 0)
        {
            _lastUsedNs = _context.Loop.NowNs;
        }
        else if (_context.Loop.NowNs - _lastUsedNs > Limits.ParkNs && ActiveIndex >= 0)
        {
            TryPark();
        }

        return frames;
    }

    /// <summary>Has the connection polled from now on.</summary>
    internal void Activate()
    {
        if (ActiveIndex >= 0 || _ownFlags is null)
        {
            return;
        }

        Volatile.Write(ref *_ownFlags, 0);
        _lastUsedNs = _context.Loop.NowNs;
        _context.Activate(this);
    }

    /// <summary>Says that the peer must ring from now on; false when there is something to do already.</summary>
    internal bool TryPark()
    {
        bool wantsRoom = HasOutgoing;
        Volatile.Write(ref *_ownFlags, RingLayout.WantsFrames | (wantsRoom ? RingLayout.WantsRoom : 0));
        Interlocked.MemoryBarrier();
        bool hasFrame = _state == State.Open && !_context.Segments.IsStarved && _in.HasFrame;
        if (hasFrame || (wantsRoom && _out.RefreshHead()) || _out.IsBroken)
        {
            Volatile.Write(ref *_ownFlags, 0);
            return false;
        }

        _context.Deactivate(this);
        return true;
    }

    /// <summary>Shows the peer what this turn wrote. Before a full fence.</summary>
    internal void ReleaseFrames()
    {
        // A connection whose peer went away while they greeted has a segment and no rings in it yet.
        if (_segment is not null && _out is not null)
        {
            _out.Release();
        }
    }

    /// <summary>Wakes the peer if it sleeps and what this turn did concerns it. After a full fence.</summary>
    internal void RingDoorbell()
    {
        IsDirty = false;
        if (_peerFlags is not null)
        {
            uint flags = Volatile.Read(ref *_peerFlags);
            bool concerned = (_sent && (flags & RingLayout.WantsFrames) != 0) || (_freed && (flags & RingLayout.WantsRoom) != 0);
            if (concerned && Interlocked.Exchange(ref *_peerFlags, 0) != 0)
            {
                ulong one = 1;
                _context.DoorbellsRung++;
                _ = Unistd.write(_peerBell, &one, sizeof(ulong));
            }
        }

        _sent = false;
        _freed = false;
    }

    private int TakeFrames(int budget)
    {
        int frames = 0;
        while (frames < budget && _state == State.Open)
        {
            int messages = GatherMessages(Math.Min(budget - frames, Limits.MessagesPerGather));
            if (messages > 0)
            {
                DeliverMessages(messages);
                frames += messages;
                continue;
            }

            if (!_in.TryRead(out FrameKind kind, out byte* payload, out int payloadBytes))
            {
                Break("a frame breaks the ring's layout");
                break;
            }

            if (kind == FrameKind.None || !TakeFrame(kind, payload, payloadBytes))
            {
                break;
            }

            frames++;
        }

        _progress += frames;
        if (_segment is not null && _in.HasUnpublished)
        {
            _in.PublishHead();
            _freed = true;
            _context.MarkDirty(this);
        }

        return frames;
    }

    private void PumpOut()
    {
        if (!_pending.IsEmpty)
        {
            _pending.MoveTo(_out);
            NoteSent();
        }

        while (_pending.IsEmpty && _state == State.Open && RingIsHalfFree && SendData())
        {
        }

        TellWritable();
        if (_state == State.Closing)
        {
            TryFinish();
        }
    }

    // Data fills half of the ring at most, so that small messages find room and wait for no more than that.
    private bool RingIsHalfFree => _out.UsedLines < (uint)_ringLines / 2 || (_out.RefreshHead() && _out.UsedLines < (uint)_ringLines / 2);

    private void OnBell()
    {
        ulong count;
        _ = Unistd.read(_ownBell, &count, sizeof(ulong));
        Activate();
        if (_state is State.Open or State.Closing && !_stopping)
        {
            _reactor.WaitReadable(_ownBell, _bellWatch);
        }

        TryFinish();
    }

    private sealed class BellWatch(SharedMemoryConnection connection) : ReactorOperation
    {
        protected override void Complete(int result, bool more) => connection.OnBell();
    }
}
