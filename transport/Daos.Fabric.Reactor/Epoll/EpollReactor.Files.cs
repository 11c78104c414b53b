namespace Daos.Fabric.Reactor.Epoll;

// Files: blocking calls on helper threads.
public sealed unsafe partial class EpollReactor
{
    /// <inheritdoc/>
    public override void ReadFile(int file, byte* destination, int lengthBytes, long offsetBytes, ReactorOperation operation) =>
        StartFile(OperationKind.ReadFile, file, destination, lengthBytes, offsetBytes, WriteMode.Plain, operation);

    /// <inheritdoc/>
    public override void WriteFile(int file, byte* source, int lengthBytes, long offsetBytes, WriteMode mode, ReactorOperation operation) =>
        StartFile(OperationKind.WriteFile, file, source, lengthBytes, offsetBytes, mode, operation);

    /// <inheritdoc/>
    public override void FlushFile(int file, ReactorOperation operation) =>
        StartFile(OperationKind.FlushFile, file, null, 0, 0, WriteMode.Plain, operation);

    private void StartFile(
        OperationKind kind, int file, byte* memory, int lengthBytes, long offsetBytes, WriteMode mode, ReactorOperation operation)
    {
        int slot = Begin(operation, kind, file);
        _helpers.Start(slot, kind, file, memory, lengthBytes, offsetBytes, mode);
    }

    private void TakeFileResults()
    {
        while (_helpers.TakeResult() is { } request)
        {
            Finish(request.Slot, request.Result);
        }
    }
}
