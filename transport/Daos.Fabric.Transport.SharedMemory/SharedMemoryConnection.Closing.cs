using Daos.Fabric.Transport.SharedMemory.Native;

namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>Ending: nothing is given back while the peer or the reactor may still touch it.</summary>
internal sealed unsafe partial class SharedMemoryConnection
{
    private readonly ConnectionTimer _timer;
    private readonly FinishItem _finish;
    private State _state;
    private DerCode _closeReason;
    private bool _wasOpen;
    private bool _aborted;
    private bool _silent;
    private bool _shut;
    private bool _stopping;
    private long _progress;
    private long _progressSeen;

    /// <summary>Ends at once and tells the handler nothing: the context closes.</summary>
    internal void Abandon()
    {
        _silent = true;
        BeginAbort(DerCode.Shutdown);
        TryFinish();
    }

    /// <summary>Ends the connection once what waits for room in the ring has left.</summary>
    private void BeginClose(DerCode reason, string text)
    {
        if (_state >= State.Closing)
        {
            return;
        }

        CloseText = text;
        MarkClosing(reason);
        _reactor.Timers.Arm(_timer, _context.Loop.NowNs + Limits.LingerNs);
        _finish.Schedule();
    }

    /// <summary>Ends the connection without waiting for the peer to read.</summary>
    private void BeginAbort(DerCode reason)
    {
        if (_state < State.Closing)
        {
            MarkClosing(reason);
        }

        if (_state == State.Closing && !_aborted)
        {
            _aborted = true;
            _finish.Schedule();
        }
    }

    private void MarkClosing(DerCode reason)
    {
        Debug.Assert(reason.IsError, "a connection ends for a reason");
        _wasOpen = _state == State.Open;
        _state = State.Closing;
        _closeReason = reason;
    }

    private void TryFinish()
    {
        if (_state != State.Closing || (!_aborted && !_peerGone && !_pending.IsEmpty))
        {
            return;
        }

        // The peer sees the end, stops copying and closes its side: that is its word that it touches no memory of ours any more.
        if (!_shut)
        {
            ReleaseFrames();
            _shut = true;
            _ = Socket.shutdown(_socket, Socket.SHUT_WR);
        }

        if (_grants.DirectCount > 0 && !_peerGone && _socketWatch.IsActive)
        {
            return;
        }

        if (!_stopping)
        {
            _stopping = true;
            _reactor.Cancel(_socketWatch);
            _reactor.Cancel(_bellWatch);
        }

        if (!_socketWatch.IsActive && !_bellWatch.IsActive)
        {
            Finish();
        }
    }

    private void Finish()
    {
        _state = State.Closed;
        _reactor.Timers.Disarm(_timer);
        RingPeerAtEnd();
        _reactor.Close(_socket);
        if (_ownBell >= 0)
        {
            _reactor.Close(_ownBell);
        }

        if (_peerBell >= 0)
        {
            _ = Unistd.close(_peerBell);
        }

        ReleaseMemory();
        _context.Forget(this);
        Tell();
    }

    // Frames sent in the last turn, whose doorbell was not rung yet.
    private void RingPeerAtEnd()
    {
        if (_wasOpen)
        {
            Interlocked.MemoryBarrier();
            bool wasDirty = IsDirty;
            RingDoorbell();
            IsDirty = wasDirty;
        }
    }

    private void ReleaseMemory()
    {
        _registrations.Clear();
        _pending.Clear();
        _mapped.Clear();
        _reads.Clear();
        _segment?.Dispose();
        _segment = null;
        _ownFlags = null;
        _peerFlags = null;
        for (int i = _grants.Count - 1; i >= 0; i--)
        {
            _grants.End(_grants.SlotAt(i));
        }

        while ((_transfers.Any() ?? _waiting.First) is { } transfer)
        {
            if (transfer.State == RemoteTransfer.Phase.Waiting)
            {
                _waiting.Remove(transfer);
                transfer.Finish(_closeReason);
            }
            else
            {
                _copies.Remove(transfer);
                _sends.Remove(transfer);
                End(transfer, _closeReason);
            }
        }

        SettleAll();
    }

    private void Tell()
    {
        if (_connect is not null && !_wasOpen)
        {
            _connect.Fail(_closeReason);
        }
        else if (_wasOpen && !_silent)
        {
            _context.Handler.OnClosed(this, _closeReason);
        }
    }

    // One timer serves the greeting, the watch over transfers and the linger: a connection is in one of these at a time.
    private void OnTimer()
    {
        switch (_state)
        {
            case State.Greeting:
                CloseText = "no hello in time";
                BeginAbort(DerCode.TimedOut);
                break;
            case State.Open when _transfers.Count == 0:
                break;
            case State.Open when _progress != _progressSeen:
                WatchForStall();
                break;
            case State.Open:
                CloseText = "the peer is silent while a transfer is under way";
                BeginAbort(DerCode.Unreachable);
                break;
            default:
                BeginAbort(DerCode.TimedOut);
                break;
        }
    }

    private void WatchForStall()
    {
        if (!_timer.IsArmed && IsOpen)
        {
            _progressSeen = _progress;
            _reactor.Timers.Arm(_timer, _context.Loop.NowNs + Limits.StallNs);
        }
    }

    private sealed class ConnectionTimer(SharedMemoryConnection connection) : TimerNode
    {
        protected override void Expire() => connection.OnTimer();
    }

    private sealed class FinishItem(SharedMemoryConnection connection) : WorkItem
    {
        private bool _scheduled;

        internal void Schedule()
        {
            if (!_scheduled)
            {
                _scheduled = true;
                connection._context.Loop.Schedule(this);
            }
        }

        protected override void Execute()
        {
            _scheduled = false;
            connection.TryFinish();
        }
    }
}
