using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor.Blocking;
using Daos.Fabric.Reactor.Errors;

namespace Daos.Fabric.Reactor.Portable;

/// <summary>Blocking file calls of .NET, made by helper threads. Durable is what <see cref="RandomAccess.FlushToDisk"/> makes durable.</summary>
internal sealed unsafe class PortableFileCalls(PortableFiles files) : IFileCalls
{
    private const int BadDescriptor = 9;

    public int Read(int file, byte* destination, int lengthBytes, long offsetBytes)
    {
        try
        {
            int error = Check(file, destination, lengthBytes, offsetBytes, out PortableFile? open);
            return error < 0 ? error : RandomAccess.Read(open!.Handle, new Span<byte>(destination, lengthBytes), offsetBytes);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return ErrorOf(exception);
        }
    }

    public int Write(int file, byte* source, int lengthBytes, long offsetBytes, bool durable)
    {
        try
        {
            int error = Check(file, source, lengthBytes, offsetBytes, out PortableFile? open);
            if (error < 0)
            {
                return error;
            }

            RandomAccess.Write(open!.Handle, new ReadOnlySpan<byte>(source, lengthBytes), offsetBytes);
            if (durable)
            {
                RandomAccess.FlushToDisk(open.Handle);
            }

            return lengthBytes;
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return ErrorOf(exception);
        }
    }

    // .NET has no call for it.
    public int Trim(int file, long offsetBytes, long lengthBytes) => -Errno.NotSupported;

    public int Flush(int file)
    {
        try
        {
            if (files.Find(file) is not { } open)
            {
                return -BadDescriptor;
            }

            RandomAccess.FlushToDisk(open.Handle);
            return 0;
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return ErrorOf(exception);
        }
    }

    // Direct files ask for alignment on every system, so that what works here works with O_DIRECT.
    private int Check(int file, byte* memory, int lengthBytes, long offsetBytes, out PortableFile? open)
    {
        open = files.Find(file);
        return open is null ? -BadDescriptor
            : open.IsDirect && (((long)memory | (uint)lengthBytes | offsetBytes) & (NativeSlab.PageBytes - 1)) != 0 ? -Errno.Invalid
            : 0;
    }

    private static bool IsExpected(Exception exception) => SystemErrorMap.IsExpected(exception) || exception is ObjectDisposedException;

    private static int ErrorOf(Exception exception) =>
        exception is ObjectDisposedException ? -BadDescriptor : -SystemErrorMap.ToErrno(exception);
}
