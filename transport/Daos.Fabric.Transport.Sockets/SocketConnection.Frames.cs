namespace Daos.Fabric.Transport.Sockets;

/// <summary>What the peer's frames do.</summary>
internal sealed unsafe partial class SocketConnection
{
    bool IFrameSink.IsReading => _state <= State.Open && !_paused;

    DerCode IFrameSink.OnHello(HelloWire* hello)
    {
        if (hello->Magic != HelloWire.MagicValue || hello->VersionMin > hello->VersionMax)
        {
            CloseText = "the peer's hello is not one of this protocol";
            return DerCode.Protocol;
        }

        if (hello->VersionMin > HelloWire.Version || hello->VersionMax < HelloWire.Version)
        {
            CloseText = $"the peer speaks wire versions {hello->VersionMin} to {hello->VersionMax}, this side speaks {HelloWire.Version}";
            return DerCode.Protocol;
        }

        if (hello->MessageBytesMax < (uint)_context.Options.MessageBytesMax || hello->ChunkBytesMax < Limits.ChunkBytesMax)
        {
            CloseText = $"the peer accepts messages of {hello->MessageBytesMax} and chunks of {hello->ChunkBytesMax} bytes, "
                + $"this side sends up to {_context.Options.MessageBytesMax} and {Limits.ChunkBytesMax}";
            return DerCode.Protocol;
        }

        _peerAnswersPings = (hello->Features & HelloWire.AnswersPings) != 0;
        ProbePeer(hello);
        _state = State.Open;
        LookAfterPeerLater();
        if (_connect is null)
        {
            _context.Handler.OnAccepted(this);
        }
        else
        {
            _connect.Succeed(this);
        }

        return DerCode.Success;
    }

    DerCode IFrameSink.OnGoodbye(DerCode reason, ReadOnlySpan<byte> text)
    {
        CloseText = System.Text.Encoding.UTF8.GetString(text);
        BeginAbort(_state == State.Greeting ? reason : DerCode.Unreachable);
        return DerCode.Success;
    }

    void IFrameSink.OnMessage(byte* payload, int lengthBytes, Segment segment) =>
        _context.Handler.OnMessage(this, new InboundMessage(payload, lengthBytes, segment));

    DerCode IFrameSink.OnReadRequest(uint transfer, ReadRequestWire* request)
    {
        byte* address = request->LengthBytes > int.MaxValue || FaultRegistry.Fires(_context.Options.Faults, FaultPoint.TransferRefused)
            ? null
            : _registrations.Resolve(request->Key, request->OffsetBytes, request->LengthBytes, MemoryAccess.RemoteRead);
        if (address is null || request->LengthBytes == 0)
        {
            SendTransferEnd(transfer, address is null ? DerCode.NoPerm : DerCode.Success);
            return DerCode.Success;
        }

        if (_serving.Count == Limits.TransfersPerConnection)
        {
            CloseText = $"more than {Limits.TransfersPerConnection} reads at once";
            return DerCode.Protocol;
        }

        BulkSource source = _sources.TryRent() ?? new BulkSource();
        source.Begin(transfer, FrameKind.ReadData, request->Key, request->OffsetBytes, address, (int)request->LengthBytes);
        _serving.Add(source);
        _writer.Enqueue(source);
        _context.MarkDirty(this);
        return DerCode.Success;
    }

    DerCode IFrameSink.OnReadData(uint transfer, ReadDataWire* chunk, out byte* destination)
    {
        destination = null;
        RemoteOperation? operation = _transfers.Find(transfer);
        if (operation is not { IsRead: true, Way: TransferWay.Stream } || chunk->PositionBytes != (uint)operation.ExpectedPosition
            || chunk->DataBytes > (uint)(operation.LengthBytes - operation.ExpectedPosition))
        {
            CloseText = "read data that was not asked for";
            return DerCode.Protocol;
        }

        destination = operation.Local + operation.ExpectedPosition;
        operation.ExpectedPosition += (int)chunk->DataBytes;
        return DerCode.Success;
    }

    DerCode IFrameSink.OnWriteChunk(uint transfer, WriteChunkWire* chunk, out byte* destination)
    {
        byte* address = FaultRegistry.Fires(_context.Options.Faults, FaultPoint.TransferRefused)
            ? null
            : _registrations.Resolve(chunk->Key, chunk->OffsetBytes, chunk->TransferBytes, MemoryAccess.RemoteWrite);
        destination = address is null ? null : address + chunk->PositionBytes;
        _writeKey = chunk->Key;
        return DerCode.Success;
    }

    DerCode IFrameSink.OnDataEnd(uint transfer, FrameKind kind, bool last, DerCode outcome)
    {
        if (kind == FrameKind.WriteChunk)
        {
            _writeKey = 0;
            _moreChunks = !last;
            _reader.ExpectsBulk = _moreChunks || _transfers.StreamedReads > 0;
            if (last)
            {
                SendTransferEnd(transfer, outcome);
            }

            return DerCode.Success;
        }

        // A void chunk is followed by the transfer's end, after whatever else of it was on its way.
        RemoteOperation operation = _transfers.Find(transfer)!;
        operation.HasOutcome |= outcome.IsError;
        if (!operation.HasOutcome && operation.ExpectedPosition == operation.LengthBytes)
        {
            EndTransfer(operation, DerCode.Success);
        }

        return DerCode.Success;
    }

    DerCode IFrameSink.OnTransferEnd(uint transfer, DerCode outcome)
    {
        RemoteOperation? operation = _transfers.Find(transfer);
        if (operation is not null && operation.Way != TransferWay.Stream)
        {
            return EndCopied(operation, transfer, outcome);
        }

        bool expected = operation is not null
            && (operation.IsRead ? outcome.IsError || operation.LengthBytes == 0 : operation.Source.IsCommitted && !operation.HasOutcome);
        if (!expected)
        {
            CloseText = "the end of a transfer that is not under way";
            return DerCode.Protocol;
        }

        if (operation!.IsRead || operation.Source.PiecesUnderWay == 0)
        {
            EndTransfer(operation, outcome);
            return DerCode.Success;
        }

        // The answer overtook the completion of our own send: the memory is free with that.
        operation.HasOutcome = true;
        operation.Outcome = outcome;
        return DerCode.Success;
    }

    private void SendTransferEnd(uint transfer, DerCode outcome)
    {
        var end = (TransferEndWire*)BeginFrame(TransferEndWire.SizeBytes);
        if (end is not null)
        {
            *end = new TransferEndWire { Code = outcome.Value };
            EndFrame(FrameKind.TransferEnd, transfer, TransferEndWire.SizeBytes);
        }
    }

    private void EndTransfer(RemoteOperation operation, DerCode outcome)
    {
        _transfers.End(operation);
        _reader.ExpectsBulk = _moreChunks || _transfers.StreamedReads > 0;
        operation.Finish(outcome);
        if (_transfers.TakeWaiting() is { } next)
        {
            StartTransfer(next);
        }
    }

    private void OnSourceSent(BulkSource source)
    {
        if (source.Operation is { } operation)
        {
            if (operation.HasOutcome)
            {
                EndTransfer(operation, operation.Outcome);
            }

            return;
        }

        EndServing(source);
    }

    private void EndServing(BulkSource source)
    {
        int index = _serving.IndexOf(source);
        _serving[index] = _serving[^1];
        _serving.RemoveAt(_serving.Count - 1);
        _sources.Return(source);
    }
}
