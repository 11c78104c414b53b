using Daos.Fabric.Reactor.Errors;
using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.Transport.Sockets;

/// <summary>Bytes from and to the socket; with a record layer see the part of that name.</summary>
internal sealed unsafe partial class SocketConnection
{
    private readonly ReceiveOperation _receive;
    private readonly SendOperation _send;
    private bool _paused;

    /// <summary>Sends what was written since the last send, in one call. Called once per turn.</summary>
    internal void Flush()
    {
        IsDirty = false;
        if (_send.IsActive || _state == State.Closed || _aborted)
        {
            return;
        }

        Span<IoVector> vector = stackalloc IoVector[Limits.PiecesMax];
        int count = _record is null ? _writer.Assemble(vector) : AssembleSealed(vector);
        if (count > 0)
        {
            _reactor.Send(_socket, vector[..count], _send);
        }
        else if (_state == State.Closing)
        {
            _finish.Schedule();
        }
    }

    /// <summary>
    /// Receives again, unless the peer does not take its answers, or memory is short: then when that has changed.
    /// </summary>
    internal void StartReceive()
    {
        if (_state > State.Open || _receive.IsActive || _paused || (_opensAgain && !OpenAgain()))
        {
            return;
        }

        int lengthBytes;
        byte* address;
        if (_record is null)
        {
            address = _reader.PrepareReceive(out lengthBytes);
        }
        else
        {
            address = PrepareReceiveRecords(out lengthBytes);
        }

        if (FaultRegistry.Fires(_context.Options.Faults, FaultPoint.ReceiveMemoryShort))
        {
            _context.MarkStarved(this);
            _context.RelieveSoon();
            return;
        }

        if (address is null)
        {
            _context.MarkStarved(this);
            return;
        }

        _reactor.Receive(_socket, address, lengthBytes, _receive);
    }

    private void OnReceived(int result)
    {
        DerCode code = DerCode.Success;
        if (FaultRegistry.Fires(_context.Options.Faults, FaultPoint.ReceiveReset))
        {
            result = -Errno.ConnectionReset;
        }

        if (result > 0)
        {
            ReceivedBytes += result;
            code = _record is null ? _reader.Received(result) : ReceivedRecords(result);
        }
        else if (result != -Errno.Canceled && result != -Errno.Interrupted)
        {
            // The peer is gone; a send under way fails soon as well.
            ClosedByPeer(result == 0 ? DerCode.Unreachable : ErrnoMap.ToPeerCode(result));
        }

        if (code.IsError)
        {
            CloseFor(code);
        }

        SettleReceiveWaiters();
        StartReceive();
        TryFinish();
    }

    // A peer that greets in TLS while we have none is told apart from one that talks nonsense.
    private bool GreetsInTls => _state == State.Greeting && _record is null && _in.Head is { } head
        && TlsPeek.IsTls(new ReadOnlySpan<byte>(head.Address + head.Start, head.End - head.Start));

    private void CloseFor(DerCode code)
    {
        if (code == DerCode.Protocol && GreetsInTls)
        {
            CloseText = Limits.PeerUsesTls;
            _context.Counts.SecurityFailures++;
            code = DerCode.NoPerm;
        }

        BeginClose(code, CloseText);
    }

    private void ClosedByPeer(DerCode code)
    {
        if (GreetsInTls)
        {
            CloseFor(DerCode.Protocol);
        }

        BeginAbort(code);
    }

    private void OnSent(int result)
    {
        if (FaultRegistry.Fires(_context.Options.Faults, FaultPoint.SendReset))
        {
            result = -Errno.ConnectionReset;
        }

        if (result > 0)
        {
            SentBytes += result;
            if (_record is null)
            {
                _writer.Sent(result);
            }
            else
            {
                _cipherOut!.Consume(result);
                _cipherOut.TrimWhenEmpty();
            }
        }
        else if (result != -Errno.Canceled && result != -Errno.Interrupted && result != -Errno.Again)
        {
            BeginAbort(ErrnoMap.ToPeerCode(result));
        }

        SettleSendWaiters();
        if (HasOutgoing || _state == State.Closing)
        {
            _context.MarkDirty(this);
        }

        TellWritable();
        ListenAgain();
        TryFinish();
    }

    // Half of what made us stop has left: first what arrived before, then the socket.
    private void ListenAgain()
    {
        if (!_paused || _state != State.Open || _writer.QueuedBytes > _context.Options.SendQueueBytesMax)
        {
            return;
        }

        _paused = false;
        DerCode code = _reader.Parse();
        if (code.IsError)
        {
            CloseFor(code);
        }

        StartReceive();
    }

    private bool HasOutgoing => _record is null ? _writer.HasWork : _cipherOut!.LengthBytes > 0 || (_record.IsReady && _writer.HasWork);

    private sealed class ReceiveOperation(SocketConnection connection) : ReactorOperation
    {
        protected override void Complete(int result, bool more) => connection.OnReceived(result);
    }

    private sealed class SendOperation(SocketConnection connection) : ReactorOperation
    {
        protected override void Complete(int result, bool more) => connection.OnSent(result);
    }
}
