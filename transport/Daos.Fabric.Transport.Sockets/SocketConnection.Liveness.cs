namespace Daos.Fabric.Transport.Sockets;

/// <summary>
/// Whether the peer is there and keeps to the protocol's times. One timer serves the greeting, then looks after the peer at a fixed
/// interval, then serves the linger: a connection is in one of these at a time.
/// </summary>
internal sealed unsafe partial class SocketConnection
{
    private readonly ConnectionTimer _timer;
    private bool _peerAnswersPings;
    private long _receivedSeen;
    private long _sentSeen;
    private long _completedSeen;
    private int _silentIntervals;
    private int _unfinishedIntervals;
    private int _stuckIntervals;
    private int _stalledIntervals;

    /// <summary>Bytes that came from the socket so far.</summary>
    internal long ReceivedBytes { get; private set; }

    /// <summary>Bytes that the socket took so far.</summary>
    internal long SentBytes { get; private set; }

    void IFrameSink.OnPing(bool isAnswer)
    {
        if (!isAnswer)
        {
            SendPing(FrameReader.PingAnswer);
        }
    }

    private void SendPing(uint argument)
    {
        if (BeginFrame(0) is not null)
        {
            EndFrame(FrameKind.Ping, argument, 0);
        }
    }

    private void LookAfterPeerLater() => _reactor.Timers.Arm(_timer, _context.Loop.NowNs + _context.Options.KeepaliveNs);

    private void OnTimer()
    {
        switch (_state)
        {
            case State.Greeting:
                _context.Counts.TimedOut++;
                BeginClose(DerCode.TimedOut, "no hello in time");
                break;
            case State.Open:
                LookAfterPeer();
                break;
            default:
                BeginAbort(DerCode.TimedOut);
                break;
        }
    }

    private void LookAfterPeer()
    {
        CountIntervals();
        if (_unfinishedIntervals >= Limits.UnfinishedIntervals && (_silentIntervals == 0 || !_peerAnswersPings))
        {
            // It talks, so that it is not dead. One that fell silent in a frame is asked first.
            _context.Counts.TimedOut++;
            BeginClose(DerCode.TimedOut, "a frame was begun and not completed in time");
            return;
        }

        bool silent = _peerAnswersPings ? _silentIntervals == Limits.SilentIntervals : _stalledIntervals == Limits.UnfinishedIntervals;
        if (silent || _stuckIntervals == Limits.SilentIntervals)
        {
            _context.Counts.TimedOut++;
            CloseText = silent ? "the peer is silent" : "the peer takes nothing of what is sent";
            BeginAbort(DerCode.Unreachable);
            return;
        }

        if (_silentIntervals == 1)
        {
            _reader.Rest();
            if (_peerAnswersPings)
            {
                SendPing(0);
            }
        }

        if (IsOpen)
        {
            LookAfterPeerLater();
        }
    }

    // What happened since the last look. While we do not listen ourselves, the peer is not to blame for what did not arrive.
    private void CountIntervals()
    {
        bool received = ReceivedBytes != _receivedSeen;
        bool completed = _reader.CompletedCount != _completedSeen;
        bool sent = SentBytes != _sentSeen;
        _receivedSeen = ReceivedBytes;
        _completedSeen = _reader.CompletedCount;
        _sentSeen = SentBytes;
        _stuckIntervals = _send.IsActive && !sent ? _stuckIntervals + 1 : 0;
        _stalledIntervals = _transfers.Count > 0 && !received && !sent ? _stalledIntervals + 1 : 0;
        if (!_receive.IsActive)
        {
            _silentIntervals = 0;
            _unfinishedIntervals = 0;
            return;
        }

        _silentIntervals = received ? 0 : _silentIntervals + 1;
        _unfinishedIntervals = !completed && (received || _reader.IsMidFrame) ? _unfinishedIntervals + 1 : 0;
    }

    private sealed class ConnectionTimer(SocketConnection connection) : TimerNode
    {
        protected override void Expire() => connection.OnTimer();
    }
}
