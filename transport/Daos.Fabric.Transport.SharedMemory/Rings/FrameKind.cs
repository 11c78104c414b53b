namespace Daos.Fabric.Transport.SharedMemory.Rings;

/// <summary>What a frame in a ring is (WIRE.md).</summary>
internal enum FrameKind : byte
{
    /// <summary>Not published.</summary>
    None = 0,

    /// <summary>A message of the layer above.</summary>
    Message = 1,

    /// <summary>The initiator of a transfer asks for the memory.</summary>
    GrantRequest = 2,

    /// <summary>The owner's answer: a code, and how the memory is reached.</summary>
    Grant = 3,

    /// <summary>The initiator touches the memory no more.</summary>
    Release = 4,

    /// <summary>The owner wants the memory back.</summary>
    Revoke = 5,

    /// <summary>Bytes of a read that goes through the ring.</summary>
    ReadData = 6,

    /// <summary>Bytes of a write that goes through the ring.</summary>
    WriteData = 7,

    /// <summary>The outcome of a transfer through the ring.</summary>
    End = 8,

    /// <summary>A region is unmapped.</summary>
    DropRegion = 9,

    /// <summary>The rest of the ring is unused: the next frame is at its start.</summary>
    Skip = 10,
}
