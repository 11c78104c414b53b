namespace Daos.Fabric.Reactor.Blocking;

/// <summary>
/// A blocking file call on its way through a helper thread; one per operation slot, reused. The reactor fills it, one helper runs it, the
/// reactor reads the result; the queues between them order the accesses.
/// </summary>
internal sealed unsafe class FileRequest
{
    internal int Slot;
    internal OperationKind Kind;
    internal int File;
    internal byte* Memory;
    internal int LengthBytes;
    internal long OffsetBytes;
    internal long TrimBytes;
    internal WriteMode Mode;
    internal int Result;

    /// <summary>Asked for by the owner at any time; the helper looks once, before it starts.</summary>
    internal volatile bool IsCancelled;

    internal void Run(IFileCalls calls) => Result = IsCancelled
        ? -Errno.Canceled
        : Kind switch
        {
            OperationKind.ReadFile => calls.Read(File, Memory, LengthBytes, OffsetBytes),
            OperationKind.TrimFile => calls.Trim(File, OffsetBytes, TrimBytes),
            OperationKind.WriteFile => calls.Write(File, Memory, LengthBytes, OffsetBytes, Mode == WriteMode.Durable),
            _ => calls.Flush(File),
        };
}
