namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>Flags of a frame's header.</summary>
[Flags]
internal enum FrameFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The checksum in the chunk's tail covers the data.</summary>
    DataChecksum = 1,

    /// <summary>The last chunk of a write: its outcome is to be answered.</summary>
    Last = 2,
}
