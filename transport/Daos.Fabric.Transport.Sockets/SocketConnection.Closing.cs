namespace Daos.Fabric.Transport.Sockets;

/// <summary>Ending: nothing is given back while the reactor may still touch it.</summary>
internal sealed unsafe partial class SocketConnection
{
    private readonly FinishItem _finish;
    private State _state;
    private DerCode _closeReason;
    private bool _wasOpen;
    private bool _aborted;
    private bool _abandoned;

    /// <summary>Ends at once and tells the handler nothing: the context closes.</summary>
    internal void Abandon()
    {
        _abandoned = true;
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
        DropCopies();
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
        if (!_wasOpen && CloseText.Length > 0)
        {
            _context.Counts.LastFailure = $"{_peerName}: {CloseText}";
        }

        if (_connect is not null && !_wasOpen)
        {
            _connect.Fail(_closeReason);
        }
        else if (_wasOpen && !_abandoned)
        {
            _context.Handler.OnClosed(this, _closeReason);
        }
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
