namespace Daos.Fabric.Transport.Sockets;

/// <summary>What a record layer changes: received bytes are opened into the stream, pieces of the stream are sealed before they leave.</summary>
internal sealed unsafe partial class SocketConnection
{
    private readonly RecordLayer? _record;
    private readonly SegmentBuffer? _cipherIn;
    private readonly SegmentBuffer? _cipherOut;
    private ReceiveSizing _cipherSizing;
    private bool _opensAgain;
    private bool _greeted;

    private byte* PrepareReceiveRecords(out int lengthBytes)
    {
        bool small = _cipherSizing.IsSmall;
        byte* address = _cipherIn!.ReserveToReceive(small ? Limits.SmallReceiveBytesMin : Limits.ReceiveBytesMin, 0, small);
        lengthBytes = address is null ? 0 : _cipherIn.Tail!.Capacity - _cipherIn.Tail.End;
        _cipherSizing.Ask(lengthBytes);
        return address;
    }

    private DerCode ReceivedRecords(int bytes)
    {
        _cipherSizing.Note(bytes);
        _cipherIn!.Commit(bytes);
        return OpenRecords();
    }

    // Goes on with what there was no memory for; false when the connection may not receive now.
    private bool OpenAgain()
    {
        _opensAgain = false;
        DerCode code = OpenRecords();
        if (code.IsError)
        {
            CloseFor(code);
        }

        return !_opensAgain && !_paused && _state <= State.Open;
    }

    private DerCode OpenRecords()
    {
        while (true)
        {
            // Before the handshake is done there is no plain byte to make room for.
            DerCode code = !_record!.IsReady || _reader.PrepareAppend() ? _record.Open(_cipherIn!, _in, _cipherOut!) : DerCode.NoMemory;
            bool isShort = code == DerCode.NoMemory;
            GreetWhenReady();
            if (HasOutgoing)
            {
                _context.MarkDirty(this);
            }

            if (code.IsError && !isShort)
            {
                RefuseRecords(code);
                return DerCode.Success;
            }

            long before = _in.LengthBytes;
            code = _reader.Parse();
            bool gaveBack = _in.LengthBytes < before;
            _in.TrimWhenEmpty();
            if (code.IsError || !isShort)
            {
                return code;
            }

            if (!gaveBack)
            {
                _opensAgain = true;
                _context.MarkStarved(this);
                return DerCode.Success;
            }
        }
    }

    private void RefuseRecords(DerCode code)
    {
        if (_state <= State.Open)
        {
            _context.Counts.SecurityFailures++;
            BeginClose(code, _record!.Fault);
        }
    }

    // Plain pieces become records until enough of them wait; the plain bytes are done with once they are sealed.
    private int AssembleSealed(Span<IoVector> vector)
    {
        while (_record!.IsReady && _cipherOut!.LengthBytes < Limits.SealedBytes)
        {
            int count = _writer.Assemble(vector);
            if (count == 0 || _cipherOut.Reserve(_record.SealRoomBytes) is null)
            {
                break;
            }

            ref IoVector piece = ref vector[0];
            int bytes = Math.Min((int)piece.LengthBytes, Limits.RecordBytesMax);
            DerCode code = _record.Seal(new ReadOnlySpan<byte>(piece.Address, bytes), _cipherOut);
            if (code.IsError)
            {
                BeginAbort(code);
                return 0;
            }

            _writer.Sent(bytes);
        }

        int pieces = 0;
        for (Segment? segment = _cipherOut!.Head; segment is not null && pieces < vector.Length; segment = segment.Next)
        {
            if (segment.End > segment.Start)
            {
                vector[pieces++] = new IoVector(segment.Address + segment.Start, (nuint)(segment.End - segment.Start));
            }
        }

        return pieces;
    }
}
