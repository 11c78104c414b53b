namespace Daos.Fabric.Reactor;

/// <summary>What a path names.</summary>
public enum PathKind : byte
{
    /// <summary>Nothing, or nothing that this process may look at.</summary>
    Nothing,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A file.</summary>
    File,

    /// <summary>A block device: its size is fixed.</summary>
    Device,

    /// <summary>Anything else: a socket, a pipe, a character device.</summary>
    Other,
}
