namespace Daos.Fabric.Transport.Sockets;

/// <summary>Transfers that this side starts, and those whose bytes take the socket.</summary>
internal sealed unsafe partial class SocketConnection
{
    private ValueTask<DerCode> Transfer(bool read, RemoteMemory memory, long offsetBytes, byte* local, int lengthBytes)
    {
        _context.Loop.Assert();
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        if (!IsOpen)
        {
            return new(DerCode.Unreachable);
        }

        RemoteOperation operation = RemoteOperation.Rent(_context.Loop, read, memory, offsetBytes, local, lengthBytes);
        ValueTask<DerCode> task = operation.Task;
        StartTransfer(operation);
        return task;
    }

    private void StartTransfer(RemoteOperation operation)
    {
        operation.Way = WayOf(operation);
        if (!_transfers.TryStart(operation, out uint number))
        {
            return;
        }

        if (operation.Way == TransferWay.Stream)
        {
            StartStream(operation, number);
        }
        else
        {
            StartCopy(operation, number);
        }
    }

    private void StartStream(RemoteOperation operation, uint number)
    {
        if (!operation.IsRead)
        {
            operation.Source.Begin(number, FrameKind.WriteChunk, operation.Key, operation.OffsetBytes, operation.Local, operation.LengthBytes);
            _writer.Enqueue(operation.Source);
            _context.MarkDirty(this);
            return;
        }

        SendRange(FrameKind.ReadRequest, number, operation.Key, operation.OffsetBytes, operation.LengthBytes);
        _reader.ExpectsBulk = true;
    }

    private void SendRange(FrameKind kind, uint number, ulong key, ulong offsetBytes, int lengthBytes)
    {
        var request = (ReadRequestWire*)BeginFrame(ReadRequestWire.SizeBytes);
        if (request is not null)
        {
            *request = new ReadRequestWire { Key = key, OffsetBytes = offsetBytes, LengthBytes = (ulong)lengthBytes };
            EndFrame(kind, number, ReadRequestWire.SizeBytes);
        }
    }
}
