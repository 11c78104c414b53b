using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor.Epoll;

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
    internal WriteMode Mode;
    internal int Result;

    /// <summary>Asked for by the owner at any time; the helper looks once, before it starts.</summary>
    internal volatile bool IsCancelled;

    internal void Run()
    {
        if (IsCancelled)
        {
            Result = -Errno.Canceled;
            return;
        }

        nint result;
        do
        {
            result = Call();
        }
        while (result < 0 && Unistd.LastErrno == Errno.Interrupted);
        Result = result < 0 ? -Unistd.LastErrno : (int)result;
    }

    private nint Call()
    {
        switch (Kind)
        {
            case OperationKind.ReadFile:
                return Unistd.pread(File, Memory, (nuint)LengthBytes, OffsetBytes);
            case OperationKind.WriteFile:
                var vector = new IoVector(Memory, (nuint)LengthBytes);
                return Uio.pwritev2(File, &vector, 1, OffsetBytes, Mode == WriteMode.Durable ? Uio.RWF_DSYNC : 0);
            default:
                return Unistd.fdatasync(File);
        }
    }
}
