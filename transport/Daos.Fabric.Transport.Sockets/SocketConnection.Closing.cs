namespace Daos.Fabric.Transport.Sockets;

/// <summary>Revoking memory and ending: nothing is given back while the reactor may still touch it.</summary>
internal sealed unsafe partial class SocketConnection
{
    private readonly List<RevokeWaiter> _waiters = [];
    private readonly ConnectionTimer _timer;
    private readonly FinishItem _finish;
    private State _state;
    private DerCode _closeReason;
    private bool _wasOpen;
    private bool _aborted;
    private bool _silent;
    private long _progress;
    private long _progressSeen;

    /// <summary>Revokes a registration (<see cref="TransportContext.Deregister"/>).</summary>
    internal bool Deregister(ulong key, WorkItem? whenSafe)
    {
        _registrations.Remove(key);
        bool waitsForSend = RevokeServed(key);
        bool waitsForReceive = RevokeWritten(key);
        if (!waitsForSend && !waitsForReceive)
        {
            return true;
        }

        _waiters.Add(new RevokeWaiter { Item = whenSafe, Send = waitsForSend, Receive = waitsForReceive });
        return false;
    }

    /// <summary>Ends at once and tells the handler nothing: the context closes.</summary>
    internal void Abandon()
    {
        _silent = true;
        BeginAbort(DerCode.Shutdown);
        TryFinish();
    }

    /// <summary>Ends the connection after a goodbye.</summary>
    private void BeginClose(DerCode reason, string text)
    {
        if (_state >= State.Closing)
        {
            return;
        }

        CloseText = text;
        MarkClosing(reason);
        SayGoodbye(reason, text);
        _reactor.Timers.Arm(_timer, _context.Loop.NowNs + Limits.LingerNs);
        if (_receive.IsActive)
        {
            _reactor.Cancel(_receive);
        }

        _context.MarkDirty(this);
    }

    /// <summary>Ends the connection without another word.</summary>
    private void BeginAbort(DerCode reason)
    {
        if (_state < State.Closing)
        {
            MarkClosing(reason);
        }

        if (_state == State.Closing && !_aborted)
        {
            _aborted = true;
            _reactor.Shutdown(_socket);
            if (_receive.IsActive)
            {
                _reactor.Cancel(_receive);
            }

            if (_send.IsActive)
            {
                _reactor.Cancel(_send);
            }

            _finish.Schedule();
        }
    }

    private void MarkClosing(DerCode reason)
    {
        Debug.Assert(reason.IsError, "a connection ends for a reason");
        _wasOpen = _state == State.Open;
        _state = State.Closing;
        _closeReason = reason;
        _writer.DropSources();
    }

    private void SayGoodbye(DerCode reason, string text)
    {
        Span<byte> utf8 = stackalloc byte[Limits.GoodbyeTextBytes];
        System.Text.Unicode.Utf8.FromUtf16(text, utf8, out _, out int length);
        byte* payload = _writer.BeginFrame(length);
        if (payload is not null)
        {
            utf8[..length].CopyTo(new Span<byte>(payload, length));
            _writer.EndFrame(FrameKind.Goodbye, (uint)reason.Value, length);
        }
    }

    // True when the kernel reads the memory now.
    private bool RevokeServed(ulong key)
    {
        bool waits = false;
        for (int i = _serving.Count - 1; i >= 0; i--)
        {
            BulkSource source = _serving[i];
            if (source.Key != key)
            {
                continue;
            }

            if (source.PiecesUnderWay > 0 && _send.IsActive && _record is null)
            {
                waits = true;
                source.IsRevoked = true;
                _writer.Unlink(source);
                continue;
            }

            RevokeNow(source);
        }

        if (waits)
        {
            _reactor.Cancel(_send);
        }

        return waits;
    }

    private void RevokeNow(BulkSource source)
    {
        uint transfer = source.Transfer;
        _writer.Revoke(source);
        EndServing(source);
        if (IsOpen)
        {
            SendTransferEnd(transfer, DerCode.NoPerm);
        }
    }

    // True when the kernel writes into the memory now.
    private bool RevokeWritten(ulong key)
    {
        if (!_reader.IsInData || _writeKey != key)
        {
            return false;
        }

        if (_receive.IsActive && _reader.IsReceivingDirectly)
        {
            _reactor.Cancel(_receive);
            return true;
        }

        _reader.RevokeDestination();
        return false;
    }

    private void SettleSendWaiters()
    {
        if (_waiters.Count == 0)
        {
            return;
        }

        for (int i = _serving.Count - 1; i >= 0; i--)
        {
            if (i < _serving.Count && _serving[i].IsRevoked)
            {
                RevokeNow(_serving[i]);
            }
        }

        Settle(send: true);
    }

    private void SettleReceiveWaiters()
    {
        if (_waiters.Count > 0)
        {
            if (_waiters.Exists(static w => w.Receive) && _reader.IsInData)
            {
                _reader.RevokeDestination();
            }

            Settle(send: false);
        }
    }

    private void Settle(bool send)
    {
        for (int i = _waiters.Count - 1; i >= 0; i--)
        {
            RevokeWaiter waiter = _waiters[i];
            waiter.Send &= !send;
            waiter.Receive &= send;
            _waiters[i] = waiter;
            if (!waiter.Send && !waiter.Receive)
            {
                _waiters.RemoveAt(i);
                if (waiter.Item is not null)
                {
                    _context.Loop.Schedule(waiter.Item);
                }
            }
        }
    }

    // One timer serves the greeting, the watch over transfers and the linger: a connection is in one of these at a time.
    private void OnTimer()
    {
        switch (_state)
        {
            case State.Greeting:
                BeginClose(DerCode.TimedOut, "no hello in time");
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

    private void TryFinish()
    {
        if (_state != State.Closing || _receive.IsActive || _send.IsActive || (!_aborted && HasOutgoing))
        {
            return;
        }

        _state = State.Closed;
        _reactor.Timers.Disarm(_timer);
        if (!_aborted)
        {
            _reactor.Shutdown(_socket);
        }

        _reactor.Close(_socket);
        ReleaseMemory();
        _context.Forget(this);
        Tell();
    }

    private void ReleaseMemory()
    {
        _registrations.Clear();
        _writer.Clear();
        _writer.Free();
        _in.Clear();
        _cipherIn?.Clear();
        _cipherOut?.Clear();
        _record?.Dispose();
        while (_serving.Count > 0)
        {
            EndServing(_serving[^1]);
        }

        while (_transfers.TakeAny() is { } operation)
        {
            operation.Finish(_closeReason);
        }

        Settle(send: true);
        Settle(send: false);
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

    private struct RevokeWaiter
    {
        public WorkItem? Item;
        public bool Send;
        public bool Receive;
    }

    private sealed class ConnectionTimer(SocketConnection connection) : TimerNode
    {
        protected override void Expire() => connection.OnTimer();
    }

    private sealed class FinishItem(SocketConnection connection) : WorkItem
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
