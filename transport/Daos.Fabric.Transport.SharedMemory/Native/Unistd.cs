namespace Daos.Fabric.Transport.SharedMemory.Native;

/// <summary>unistd.h: -1 and errno on failure, to be read at once with <see cref="LastErrno"/>; geteuid cannot fail.</summary>
internal static unsafe partial class Unistd
{
    internal const int SEEK_END = 2;

    /// <summary>False where loading the library is refused.</summary>
    internal static readonly bool IsAvailable = Answers();

    /// <summary>errno of the call just made on this thread.</summary>
    internal static int LastErrno => Marshal.GetLastSystemError();

    [LibraryImport("libc")]
    internal static partial nint read(int fd, void* buffer, nuint count);

    [LibraryImport("libc")]
    internal static partial nint write(int fd, void* buffer, nuint count);

    [LibraryImport("libc")]
    internal static partial int close(int fd);

    [LibraryImport("libc")]
    internal static partial int ftruncate(int fd, long length);

    [LibraryImport("libc")]
    internal static partial long lseek(int fd, long offset, int whence);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int unlink(string path);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint readlink(string path, byte* target, nuint length);

    [LibraryImport("libc")]
    internal static partial uint geteuid();

    private static bool Answers()
    {
        try
        {
            _ = geteuid();
            return true;
        }
        catch (DllNotFoundException)
        {
            return false;
        }
    }
}
