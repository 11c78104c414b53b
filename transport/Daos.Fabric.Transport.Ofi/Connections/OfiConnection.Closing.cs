using Daos.Fabric.Transport.Ofi.Endpoints;
using Daos.Fabric.Transport.Ofi.Wire;

namespace Daos.Fabric.Transport.Ofi.Connections;

/// <content>Signs of life and ends: nothing is given back while the other side or the provider may still touch it.</content>
internal sealed unsafe partial class OfiConnection
{
    private readonly ConnectionTimer _timer;
    private readonly FinishItem _finish;
    private DerCode _closeReason;
    private long _lingerEndNs = long.MaxValue;
    private bool _wasOpen;
    private bool _aborted;
    private bool _silent;
    private bool _isDead;
    private bool _isSuspect;
    private bool _hasAbandoned;
    private bool _isWatched;
    private bool _owesQuiet;
    private long _drainedPolls;

    /// <summary>What the peer's process leaves in the file system when it is killed, or null.</summary>
    internal string? LeftBehind { get; set; }

    /// <summary>Its end, and a lock that it leaves held, are looked for from now on; not for a peer in this process.</summary>
    internal void Watch(int processId)
    {
        if (_isWatched || processId == _context.ProcessId)
        {
            return;
        }

        _isWatched = true;
        _context.Watch(this, processId);
        if (Endpoint.Guarded is { } guarded)
        {
            ShmGuard.AddPeer(guarded, this, processId, PeerAddress);
        }
    }

    /// <summary>
    /// The peer's process has ended, without a goodbye. What it had sent may still be on its way into our memory, unless all of it went in
    /// calls of its own: the provider gets some polls to take it, and to say itself that the peer is gone.
    /// </summary>
    internal void ProcessEnded()
    {
        if (LeftBehind is { } file)
        {
            ShmEndpoints.Remove(file);
        }

        _isDead = true;
        if (Endpoint.Guarded is { EndsInCall: true })
        {
            PeerEnded();
            return;
        }

        Abort(DerCode.Unreachable);
        _drainedPolls = Endpoint.Polls + Limits.DrainPolls;
        if (_state != State.Closed)
        {
            _timer.ArmIn(Limits.DrainNs);
        }
    }

    /// <summary>A packet of the peer's came spoiled.</summary>
    internal void Broken() => Abort(DerCode.Protocol);

    /// <summary>The peer is gone: nobody touches our memory any more, and nobody answers.</summary>
    internal void PeerEnded()
    {
        if (_state != State.Closed)
        {
            Abort(DerCode.Unreachable);
            ReleaseAll();
        }
    }

    /// <summary>Ends before the peer answered.</summary>
    internal void GiveUp(DerCode reason)
    {
        if (_state == State.Greeting)
        {
            Abort(reason);
        }
    }

    /// <summary>Says goodbye as far as that is possible at once and tells the handler nothing: the context closes.</summary>
    internal void Abandon()
    {
        _silent = true;
        BeginClose(DerCode.Shutdown);
        Flush();
    }

    /// <summary>The endpoint is closed, so nothing is under way any more.</summary>
    internal void EndpointClosed()
    {
        if (_state < State.Closing)
        {
            MarkClosing(DerCode.Shutdown);
        }

        _aborted = true;
        if (_state != State.Closed)
        {
            ReleaseAll();
            Finish();
        }
    }

    /// <summary>Ends the connection after a goodbye.</summary>
    private void BeginClose(DerCode reason)
    {
        if (_state >= State.Closing)
        {
            return;
        }

        if (_state == State.Greeting)
        {
            Abort(reason);
            return;
        }

        MarkClosing(reason);
        ReturnIdleLeases();
        foreach (RemoteLease lease in _leases.Values)
        {
            lease.State = lease.State == RemoteLease.LeaseState.Granted ? RemoteLease.LeaseState.Revoked : lease.State;
        }

        byte* payload = BeginRecord(sizeof(long));
        if (payload != null)
        {
            *(long*)payload = reason.Value;
            EndRecord(RecordKind.Goodbye, sizeof(long));
        }

        ArmLinger();
        _finish.Schedule();
    }

    /// <summary>Ends the connection without another word but a reset; transfers under way still end first.</summary>
    private void Abort(DerCode reason)
    {
        if (_state == State.Closed || _aborted)
        {
            return;
        }

        _aborted = true;
        if (_state < State.Closing)
        {
            MarkClosing(reason);
        }

        _owesGreeting = PacketFlags.None;
        DropQueue();
        ReturnIdleLeases();
        if (_peerToken != 0 && !_isDead)
        {
            // A peer that hears only of the end must take our transfers for possible until it hears that they ended, or nothing at all.
            _owesQuiet = _running.Count > 0 || !SendOutside(PacketFlags.Reset | PacketFlags.Quiet, reason.Value, null, 0);
            _ = _running.Count > 0 && SendOutside(PacketFlags.Reset, reason.Value, null, 0);
        }

        _timer.ArmIn(_context.PingNs);
        _finish.Schedule();
    }

    private void MarkClosing(DerCode reason)
    {
        Debug.Assert(reason.IsError, "a connection ends for a reason");
        _wasOpen = _state == State.Open;
        _state = State.Closing;
        _closeReason = reason;
        Served.RefuseAll();
        foreach (RemoteLease lease in _leases.Values)
        {
            FailWaiting(lease, reason);
        }

        // What has not started yet does not start any more.
        foreach (OfiTransfer transfer in _running)
        {
            transfer.Outcome = transfer.StartedBytes < transfer.LengthBytes ? reason : transfer.Outcome;
        }
    }

    private void ArmLinger()
    {
        _lingerEndNs = _context.Loop.NowNs + Limits.LingerNs;
        _timer.ArmIn(Limits.LingerNs);
    }

    // One timer: signs of life while open, the linger and the peer's silence while closing.
    private void OnTimer()
    {
        if (_isDead)
        {
            EndDrained();
            return;
        }

        long nowNs = _context.Loop.NowNs;
        long silentNs = nowNs - _lastHeardNs;
        if (_state == State.Closing && nowNs >= _lingerEndNs && !_aborted)
        {
            // A refused peer owes nothing; whoever else is still there may use a lease.
            Abort(_closeReason);
        }

        _isSuspect &= silentNs >= _context.SilenceNs;
        if (_isSuspect)
        {
            _context.CountSilence();
            PeerEnded();
            return;
        }

        // Our own thread may have stood still meanwhile: once more it is asked, and given the time to answer.
        _isSuspect = silentNs >= _context.SilenceNs;
        if (silentNs >= _context.PingNs && _state == State.Open)
        {
            _asksForSign = true;
            Flush();
        }

        if (_state is State.Open or State.Closing)
        {
            _timer.ArmIn(_context.PingNs);
        }
    }

    private void EndDrained()
    {
        if (Endpoint.Polls >= _drainedPolls)
        {
            PeerEnded();
        }
        else
        {
            _timer.ArmIn(Limits.DrainNs);
        }
    }

    private void Unwatch()
    {
        if (_isWatched)
        {
            _isWatched = false;
            _context.Unwatch(this);
            if (Endpoint.Guarded is { } guarded)
            {
                ShmGuard.RemovePeer(guarded, this);
            }
        }
    }

    // The peer is gone or the endpoint closed: what is under way ends for nobody.
    private void ReleaseAll()
    {
        _refused = default;
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            OfiTransfer transfer = _running[i];
            if (transfer.Pieces > 0 && !Endpoint.IsClosed)
            {
                _hasAbandoned = true;
                Endpoint.AbandonPieces(transfer);
            }

            transfer.Pieces = 0;
            End(transfer, transfer.Outcome.IsSuccess ? _closeReason : transfer.Outcome);
        }

        foreach (RemoteLease lease in _leases.Values)
        {
            FailWaiting(lease, _closeReason);
            OwnerPool<RemoteLease>.Of(_context.Loop).Return(lease);
        }

        _leases.Clear();
        _idle.Clear();
        Served.EndAll();
        DropQueue();
        if (_sendsUnderWay > 0)
        {
            _hasAbandoned = true;
            Endpoint.AbandonSends(this);
            _sendsUnderWay = 0;
        }

        _finish.Schedule();
    }

    private void TryFinish()
    {
        if (_state != State.Closing)
        {
            return;
        }

        bool isSaid = _aborted || (!HasQueue && _owesGreeting == PacketFlags.None);
        bool isOurs = _sendsUnderWay == 0 && _running.Count == 0;
        bool isTheirs = !Served.IsInUse && (_aborted || _leases.Count == 0);
        if (isSaid && isOurs && isTheirs)
        {
            Finish();
        }
    }

    private void Finish()
    {
        _state = State.Closed;
        _context.Loop.Reactor.Timers.Disarm(_timer);
        DropQueue();
        DropParked();
        foreach (RemoteLease lease in _leases.Values)
        {
            OwnerPool<RemoteLease>.Of(_context.Loop).Return(lease);
        }

        _leases.Clear();
        _idle.Clear();
        Unwatch();
        bool isQuiet = !_hasAbandoned || Endpoint.Guarded is { EndsInCall: true };
        if (_owesQuiet && !_isDead && isQuiet && !Endpoint.IsClosed)
        {
            _ = SendOutside(PacketFlags.Reset | PacketFlags.Quiet, _closeReason.Value, null, 0);
        }

        if (!Endpoint.IsClosed)
        {
            Endpoint.RemovePeer(Peer, _hasAbandoned);
        }

        _context.Forget(this);
        if (_connect is not null && !_wasOpen)
        {
            _connect.Fail(_closeReason);
        }
        else if (_wasOpen && !_silent)
        {
            _context.Handler.OnClosed(this, _closeReason);
        }
    }

    private sealed class ConnectionTimer(OfiConnection connection) : TimerNode
    {
        internal void ArmIn(long ns) => connection._context.Loop.Reactor.Timers.Arm(this, connection._context.Loop.NowNs + ns);

        protected override void Expire() => connection.OnTimer();
    }

    private sealed class FinishItem(OfiConnection connection) : WorkItem
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
