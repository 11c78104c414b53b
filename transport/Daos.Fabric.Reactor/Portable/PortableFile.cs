using Microsoft.Win32.SafeHandles;

namespace Daos.Fabric.Reactor.Portable;

/// <summary>An open file. Made and closed at start-up and shutdown; helper threads read and write through the handle meanwhile.</summary>
internal sealed class PortableFile(FileStream stream, string path, bool isDirect)
{
    /// <summary>Keeps the handle open; never used for reading or writing.</summary>
    internal FileStream Stream { get; } = stream;

    internal SafeFileHandle Handle { get; } = stream.SafeFileHandle;

    internal string Path { get; } = path;

    /// <summary>Opened with <see cref="FileAccessMode.Direct"/>: alignment is asked for although the page cache does not need it.</summary>
    internal bool IsDirect { get; } = isDirect;

    /// <summary>The open lock file while the lock is held.</summary>
    internal FileStream? LockStream { get; set; }
}
