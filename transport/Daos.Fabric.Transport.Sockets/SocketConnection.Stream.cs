using Daos.Fabric.Transport.Sockets.Errors;

namespace Daos.Fabric.Transport.Sockets;

/// <summary>Bytes from and to the socket.</summary>
internal sealed unsafe partial class SocketConnection
{
    private readonly ReceiveOperation _receive;
    private readonly SendOperation _send;
    private readonly RecordLayer? _record;
    private readonly SegmentBuffer? _cipherIn;
    private readonly SegmentBuffer? _cipherOut;
    private ReceiveSizing _cipherSizing;
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
        if (_state > State.Open || _receive.IsActive || _paused)
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
            bool small = _cipherSizing.IsSmall;
            address = _cipherIn!.ReserveToReceive(small ? Limits.SmallReceiveBytesMin : Limits.ReceiveBytesMin, 0, small);
            lengthBytes = address is null ? 0 : _cipherIn.Tail!.Capacity - _cipherIn.Tail.End;
            _cipherSizing.Ask(lengthBytes);
        }

        if (address is null)
        {
            _context.Counts.Starved++;
            _context.MarkStarved(this);
            return;
        }

        _reactor.Receive(_socket, address, lengthBytes, _receive);
    }

    private void OnReceived(int result)
    {
        DerCode code = DerCode.Success;
        if (result > 0)
        {
            ReceivedBytes += result;
            code = _record is null ? _reader.Received(result) : OpenRecords(result);
        }
        else if (result != -Errno.Canceled && result != -Errno.Interrupted)
        {
            // The peer is gone; a send under way fails soon as well.
            BeginAbort(result == 0 ? DerCode.Unreachable : ErrnoMap.ToCode(result));
        }

        if (code.IsError)
        {
            BeginClose(code, CloseText);
        }

        SettleReceiveWaiters();
        StartReceive();
        TryFinish();
    }

    private DerCode OpenRecords(int bytes)
    {
        _cipherSizing.Note(bytes);
        _cipherIn!.Commit(bytes);
        DerCode code = _reader.PrepareAppend() ? _record!.Open(_cipherIn, _in, _cipherOut!) : DerCode.NoMemory;
        if (_cipherOut!.LengthBytes > 0)
        {
            _context.MarkDirty(this);
        }

        if (code.IsSuccess)
        {
            code = _reader.Parse();
        }

        _in.TrimWhenEmpty();
        return code;
    }

    private void OnSent(int result)
    {
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
            BeginAbort(ErrnoMap.ToCode(result));
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
            BeginClose(code, CloseText);
        }

        StartReceive();
    }

    private bool HasOutgoing => _writer.HasWork || _cipherOut is { LengthBytes: > 0 };

    // Plain pieces become records until enough of them wait; the plain bytes are done with once they are sealed.
    private int AssembleSealed(Span<IoVector> vector)
    {
        while (_cipherOut!.LengthBytes < Limits.ChunkBytes)
        {
            int count = _writer.Assemble(vector);
            if (count == 0)
            {
                break;
            }

            ref IoVector piece = ref vector[0];
            int bytes = Math.Min((int)piece.LengthBytes, Limits.RecordBytesMax);
            DerCode code = _record!.Seal(new ReadOnlySpan<byte>(piece.Address, bytes), _cipherOut);
            if (code.IsError)
            {
                BeginAbort(code);
                return 0;
            }

            _writer.Sent(bytes);
        }

        int pieces = 0;
        for (Segment? segment = _cipherOut.Head; segment is not null && pieces < vector.Length; segment = segment.Next)
        {
            if (segment.End > segment.Start)
            {
                vector[pieces++] = new IoVector(segment.Address + segment.Start, (nuint)(segment.End - segment.Start));
            }
        }

        return pieces;
    }

    private sealed class ReceiveOperation(SocketConnection connection) : ReactorOperation
    {
        protected override void Complete(int result, bool more) => connection.OnReceived(result);
    }

    private sealed class SendOperation(SocketConnection connection) : ReactorOperation
    {
        protected override void Complete(int result, bool more) => connection.OnSent(result);
    }
}
