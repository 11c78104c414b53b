using Daos.Fabric.Reactor.Blocking;
using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor.Posix;

/// <summary>Blocking file calls on the system's descriptors. Any thread; no state.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class PosixFileCalls : IFileCalls
{
    public int Read(int file, byte* destination, int lengthBytes, long offsetBytes)
    {
        nint result;
        do
        {
            result = Unistd.pread(file, destination, (nuint)lengthBytes, offsetBytes);
        }
        while (result < 0 && Unistd.LastErrno == Errno.Interrupted);
        return result < 0 ? -Unistd.LastErrno : (int)result;
    }

    public int Write(int file, byte* source, int lengthBytes, long offsetBytes, bool durable)
    {
        nint result;
        do
        {
            var vector = new IoVector(source, (nuint)lengthBytes);
            result = Uio.pwritev2(file, &vector, 1, offsetBytes, durable ? Uio.RWF_DSYNC : 0);
        }
        while (result < 0 && Unistd.LastErrno == Errno.Interrupted);
        return result < 0 ? -Unistd.LastErrno : (int)result;
    }

    public int Trim(int file, long offsetBytes, long lengthBytes)
    {
        int result;
        do
        {
            result = Fcntl.fallocate(file, Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE, offsetBytes, lengthBytes);
        }
        while (result < 0 && Unistd.LastErrno == Errno.Interrupted);
        return result < 0 ? -Unistd.LastErrno : 0;
    }

    public int Flush(int file)
    {
        int result;
        do
        {
            result = Unistd.fdatasync(file);
        }
        while (result < 0 && Unistd.LastErrno == Errno.Interrupted);
        return result < 0 ? -Unistd.LastErrno : 0;
    }
}
