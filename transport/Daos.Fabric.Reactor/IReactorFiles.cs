namespace Daos.Fabric.Reactor;

/// <summary>
/// The file system as a store needs it. Every call blocks: start-up, growth and shutdown only. Failures are codes, with the path in the
/// caller's message: DER_NONEXIST, DER_EXIST, DER_NO_PERM, DER_NOSPACE, DER_NOTDIR, DER_IO.
/// </summary>
public interface IReactorFiles
{
    /// <summary>True when the path names a file or a directory.</summary>
    bool Exists(string path);

    /// <summary>What the path names, symbolic links followed.</summary>
    PathKind KindOf(string path);

    /// <summary>Creates a directory and its parents, and makes the names durable.</summary>
    DerCode CreateDirectory(string path);

    /// <summary>File and directory names (not paths) in a directory, in ordinal order.</summary>
    DerResult<IReadOnlyList<string>> List(string directory);

    /// <summary>Creates a file of a given size whose blocks are allocated, and makes its name durable. DER_EXIST if it exists.</summary>
    DerResult<int> Create(string path, long lengthBytes, FileAccessMode mode);

    /// <summary>
    /// Opens an existing file or block device. A device opened for writing belongs to this descriptor alone; DER_BUSY while it is mounted or
    /// somebody else has it so.
    /// </summary>
    DerResult<int> Open(string path, FileAccessMode mode);

    /// <summary>Size in bytes.</summary>
    DerResult<long> Length(int file);

    /// <summary>Grows a file to a size, with blocks allocated; DER_NOSPACE for a device that is smaller.</summary>
    DerCode Grow(int file, long lengthBytes);

    /// <summary>Removes a file, or a directory and everything in it, and makes that durable.</summary>
    DerCode Delete(string path);

    /// <summary>Takes the advisory lock that keeps a second process from opening the same store; DER_BUSY when it is held.</summary>
    DerCode Lock(int file);

    /// <summary>Closes a file with no operation under way; its lock is free at once.</summary>
    void Close(int file);
}

/// <summary>How a file is opened.</summary>
public enum FileAccessMode : byte
{
    /// <summary>Through the page cache.</summary>
    Buffered,

    /// <summary>Past the page cache (O_DIRECT) where the file system can; alignment 4 KiB.</summary>
    Direct,

    /// <summary>Read only, through the page cache.</summary>
    ReadOnly,
}
