using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>
/// Cuts the incoming stream into frames and checks each before anything is done for it: first the header's kind, length and flags in
/// the present state, then the checksum, then what it means (<see cref="IFrameSink"/>). The data of bulk chunks goes straight to its
/// destination. Owned by one owner thread.
/// </summary>
internal sealed unsafe class FrameReader
{
    /// <summary>A ping's argument when it answers one.</summary>
    internal const uint PingAnswer = 1;

    private readonly SegmentBuffer _stream;
    private readonly IFrameSink _sink;
    private readonly int _messageBytesMax;
    private byte* _destination;
    private int _dataLeft;
    private int _tailBytes;
    private int _needBytes = FrameHeaderWire.SizeBytes;
    private uint _transfer;
    private uint _dataCrc;
    private FrameKind _dataKind;
    private FrameFlags _dataFlags;
    private bool _stored;
    private bool _helloSeen;
    private bool _goodbyeSeen;
    private bool _receivingDirectly;
    private ReceiveSizing _sizing;

    /// <param name="stream">What was received; filled through <see cref="PrepareReceive"/> or by a record layer.</param>
    /// <param name="messageBytesMax">A longer message ends the connection.</param>
    /// <param name="sink">Receives the frames.</param>
    internal FrameReader(SegmentBuffer stream, int messageBytesMax, IFrameSink sink)
    {
        _stream = stream;
        _messageBytesMax = messageBytesMax;
        _sink = sink;
    }

    /// <summary>True from a chunk's header to its tail.</summary>
    internal bool IsInData => _tailBytes > 0;

    /// <summary>True when the last prepared receive goes straight to a chunk's destination.</summary>
    internal bool IsReceivingDirectly => _receivingDirectly;

    /// <summary>Set when the next frame is probably a bulk chunk, so that little of its data is received into segments.</summary>
    internal bool ExpectsBulk { get; set; }

    /// <summary>Frames and chunks that were completed, count: what tells a slow peer from one that never ends a frame.</summary>
    internal long CompletedCount { get; private set; }

    /// <summary>True while a part of a frame or chunk has arrived.</summary>
    internal bool IsMidFrame => _tailBytes > 0 || _stream.LengthBytes > 0;

    // Where the next byte stands between two multiples of 8 in the peer's stream.
    private int StreamOffset => (8 - ((_dataLeft + _tailBytes) & 7)) & 7;

    /// <summary>Where the next bytes are to be received; null when there is no memory for them now.</summary>
    internal byte* PrepareReceive(out int lengthBytes)
    {
        if (_dataLeft > 0 && _destination is not null)
        {
            _receivingDirectly = true;
            lengthBytes = _dataLeft;
            return _destination;
        }

        _receivingDirectly = false;
        lengthBytes = 0;
        if (_stream.LengthBytes > 0 && !_stream.MakeContiguous(RoomWanted()))
        {
            return null;
        }

        bool small = _sizing.IsSmall;
        int bytesMin = _stream.LengthBytes > 0 ? 1 : small ? Limits.SmallReceiveBytesMin : Limits.ReceiveBytesMin;
        byte* address = _stream.ReserveToReceive(bytesMin, StreamOffset, small);
        if (address is null)
        {
            return null;
        }

        Segment tail = _stream.Tail!;
        lengthBytes = tail.Capacity - tail.End;
        if (ExpectsBulk)
        {
            lengthBytes = Math.Min(lengthBytes, Limits.ReceiveBytesBeforeBulk);
        }

        _sizing.Ask(lengthBytes);
        return address;
    }

    /// <summary>Readies the stream for a record layer that appends to it; false when memory is short.</summary>
    internal bool PrepareAppend() => _stream.LengthBytes > 0 || _stream.ReserveToReceive(Limits.ReceiveBytesMin, StreamOffset) is not null;

    /// <summary>Takes the bytes received where <see cref="PrepareReceive"/> said. Any code but success ends the connection.</summary>
    internal DerCode Received(int bytes)
    {
        if (!_receivingDirectly)
        {
            _sizing.Note(bytes);
            _stream.Commit(bytes);
            return Parse();
        }

        _receivingDirectly = false;
        AdvanceData(_destination, bytes);
        return DerCode.Success;
    }

    /// <summary>
    /// The destination of the data under way may not be touched any more; the rest of it is dropped. Nothing may be receiving into it.
    /// </summary>
    internal void RevokeDestination()
    {
        _destination = null;
        _stored = false;
        _receivingDirectly = false;
    }

    /// <summary>Nothing was received for long: the next receive needs little memory.</summary>
    internal void Rest() => _sizing.Rest();

    /// <summary>Handles every complete frame in the stream.</summary>
    internal DerCode Parse()
    {
        DerCode code = DerCode.Success;
        while (code.IsSuccess && _sink.IsReading && _stream.LengthBytes > 0)
        {
            if (_dataLeft > 0)
            {
                CopyData();
                continue;
            }

            if (_tailBytes > 0)
            {
                if (!ParseTail(out code))
                {
                    return code;
                }

                continue;
            }

            if (_stream.LengthBytes < FrameHeaderWire.SizeBytes)
            {
                _needBytes = FrameHeaderWire.SizeBytes;
                return DerCode.Success;
            }

            if (!ParseFrame(out code))
            {
                return code;
            }
        }

        return code;
    }

    // False when the frame is incomplete or wrong.
    private bool ParseFrame(out DerCode code)
    {
        Segment head = _stream.Head!;
        if (head.End - head.Start < FrameHeaderWire.SizeBytes)
        {
            if (!_stream.MakeContiguous(FrameHeaderWire.SizeBytes))
            {
                code = DerCode.NoMemory;
                return false;
            }

            head = _stream.Head!;
        }

        byte* frame = head.Address + head.Start;
        var header = (FrameHeaderWire*)frame;
        int inlineBytes = FrameRules.IsPlainMessage(header, _messageBytesMax) && _helloSeen && !_goodbyeSeen
            ? (int)header->Length
            : FrameRules.InlineBytes(header, _messageBytesMax, _helloSeen, _goodbyeSeen);
        if (inlineBytes < 0)
        {
            code = DerCode.Protocol;
            return false;
        }

        int frameBytes = FrameCodec.FrameBytes(inlineBytes);
        if (_stream.LengthBytes < frameBytes)
        {
            _needBytes = frameBytes;
            code = DerCode.Success;
            return false;
        }

        if (head.End - head.Start < frameBytes)
        {
            if (!_stream.MakeContiguous(frameBytes))
            {
                code = DerCode.NoMemory;
                return false;
            }

            head = _stream.Head!;
            frame = head.Address + head.Start;
            header = (FrameHeaderWire*)frame;
        }

        if (!FrameCodec.Verify(frame, inlineBytes))
        {
            code = DerCode.Checksum;
            return false;
        }

        CompletedCount++;
        _needBytes = FrameHeaderWire.SizeBytes;
        byte* payload = frame + FrameHeaderWire.SizeBytes;
        if (header->Kind != FrameKind.Message)
        {
            code = Dispatch(header, payload);
            _stream.Consume(frameBytes);
            return code.IsSuccess;
        }

        // The stream still holds the segment while the layer above looks at it: consuming never drops the last segment.
        head.AddHolder();
        _stream.Consume(frameBytes);
        _sink.OnMessage(payload, (int)header->Length, head);
        head.Release();
        code = DerCode.Success;
        return true;
    }

    private DerCode Dispatch(FrameHeaderWire* header, byte* payload)
    {
        switch (header->Kind)
        {
            case FrameKind.ReadData:
                return BeginRead(header, (ReadDataWire*)payload);
            case FrameKind.WriteChunk:
                return BeginWrite(header, (WriteChunkWire*)payload);
            case FrameKind.ReadRequest:
                return _sink.OnReadRequest(header->Argument, (ReadRequestWire*)payload);
            case FrameKind.TransferEnd:
                var end = (TransferEndWire*)payload;
                return end->Code > 0 || end->Reserved != 0 ? DerCode.Protocol : _sink.OnTransferEnd(header->Argument, new DerCode(end->Code));
            case FrameKind.Ping:
                _sink.OnPing(header->Argument == PingAnswer);
                return DerCode.Success;
            case FrameKind.Hello:
                _helloSeen = true;
                return FrameRules.IsFormed(header, (HelloWire*)payload) ? _sink.OnHello((HelloWire*)payload) : DerCode.Protocol;
            case FrameKind.CopyRequest:
                return _sink.OnCopyRequest(header->Argument, (CopyRequestWire*)payload);
            case FrameKind.AddressRequest:
                return _sink.OnAddressRequest(header->Argument, (ReadRequestWire*)payload);
            case FrameKind.Address:
                return _sink.OnAddress(header->Argument, ((AddressWire*)payload)->Address);
            case FrameKind.Copied:
                return _sink.OnCopied(header->Argument, (ReadRequestWire*)payload);
            default:
                _goodbyeSeen = true;
                int reason = (int)header->Argument;
                return _sink.OnGoodbye(reason < 0 ? new DerCode(reason) : DerCode.Unreachable, new ReadOnlySpan<byte>(payload, (int)header->Length));
        }
    }

    private DerCode BeginRead(FrameHeaderWire* header, ReadDataWire* chunk)
    {
        if (!FrameRules.IsFormed(header, chunk))
        {
            return DerCode.Protocol;
        }

        DerCode code = _sink.OnReadData(header->Argument, chunk, out byte* destination);
        return code.IsError ? code : BeginData(header, destination, (int)chunk->DataBytes);
    }

    private DerCode BeginWrite(FrameHeaderWire* header, WriteChunkWire* chunk)
    {
        if (!FrameRules.IsFormed(header, chunk))
        {
            return DerCode.Protocol;
        }

        DerCode code = _sink.OnWriteChunk(header->Argument, chunk, out byte* destination);
        return code.IsError ? code : BeginData(header, destination, (int)chunk->DataBytes);
    }

    private DerCode BeginData(FrameHeaderWire* header, byte* destination, int dataBytes)
    {
        _transfer = header->Argument;
        _dataKind = header->Kind;
        _dataFlags = header->Flags;
        _destination = destination;
        _stored = destination is not null;
        _dataLeft = dataBytes;
        _tailBytes = FrameCodec.Pad8(dataBytes) - dataBytes + ChunkTailWire.SizeBytes;
        _dataCrc = 0;
        return DerCode.Success;
    }

    private void CopyData()
    {
        Segment head = _stream.Head!;
        int here = Math.Min(_dataLeft, head.End - head.Start);
        byte* source = head.Address + head.Start;
        if (_destination is not null)
        {
            Buffer.MemoryCopy(source, _destination, here, here);
        }

        AdvanceData(source, here);
        _stream.Consume(here);
    }

    // The checksum is of what the peer sent, wherever it went.
    private void AdvanceData(byte* data, int bytes)
    {
        if ((_dataFlags & FrameFlags.DataChecksum) != 0)
        {
            _dataCrc = Crc32C.Append(_dataCrc, new ReadOnlySpan<byte>(data, bytes));
        }

        _dataLeft -= bytes;
        if (_destination is not null)
        {
            _destination += bytes;
        }
    }

    // False when the tail is incomplete or wrong.
    private bool ParseTail(out DerCode code)
    {
        code = DerCode.Success;
        if (_stream.LengthBytes < _tailBytes)
        {
            _needBytes = _tailBytes;
            return false;
        }

        if (!_stream.MakeContiguous(_tailBytes))
        {
            code = DerCode.NoMemory;
            return false;
        }

        Segment head = _stream.Head!;
        var tail = (ChunkTailWire*)(head.Address + head.Start + _tailBytes - ChunkTailWire.SizeBytes);
        DerCode status = new(tail->Status);
        uint crc = Crc32C.Append(status.IsSuccess ? _dataCrc : 0, new ReadOnlySpan<byte>(&tail->Status, sizeof(int)));
        bool intact = crc == tail->Crc;
        _stream.Consume(_tailBytes);
        CompletedCount++;
        _tailBytes = 0;
        _destination = null;
        _needBytes = FrameHeaderWire.SizeBytes;
        bool allowed = status.IsSuccess || (status.Value < 0 && _dataKind == FrameKind.ReadData);
        code = !intact ? DerCode.Checksum
            : !allowed ? DerCode.Protocol
            : _sink.OnDataEnd(_transfer, _dataKind, (_dataFlags & FrameFlags.Last) != 0, OutcomeOf(status));
        return code.IsSuccess;
    }

    private DerCode OutcomeOf(DerCode status) => status.IsError ? status : _stored ? DerCode.Success : DerCode.NoPerm;

    // Room for the frame under way, and not so little that the next receive brings almost nothing.
    private int RoomWanted()
    {
        if (_dataLeft > 0)
        {
            return 0;
        }

        // A peer that has not said who it is stays in its small segment: it may cost no more.
        long length = _stream.LengthBytes;
        int worthwhile = CompletedCount == 0 && _sizing.IsSmall ? Limits.SmallReceiveBytesMin : Limits.ReceiveBytesMin;
        return (int)Math.Max(_needBytes, length + (length < worthwhile ? worthwhile : 1));
    }
}
