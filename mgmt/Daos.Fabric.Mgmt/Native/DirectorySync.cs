using System.Runtime.InteropServices;

namespace Daos.Fabric.Mgmt.Native;

/// <summary>Makes a directory's names durable: the runtime opens no directories. Any thread.</summary>
internal static partial class DirectorySync
{
    private const int OpenCloseOnExec = 0x80000;

    /// <summary>Waits until the directory's entries are on the device. Throws <see cref="IOException"/>.</summary>
    internal static void Flush(string directory)
    {
        int file = open(directory, OpenCloseOnExec);
        int error = file < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (file >= 0)
        {
            error = fsync(file) < 0 ? Marshal.GetLastPInvokeError() : 0;
            _ = close(file);
        }

        if (error != 0)
        {
            throw new IOException($"{directory} cannot be flushed: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    /// <summary>fcntl.h: a descriptor, or -1 and errno.</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags);

    /// <summary>unistd.h: 0, or -1 and errno.</summary>
    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int file);

    /// <summary>unistd.h: 0, or -1 and errno.</summary>
    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);
}
