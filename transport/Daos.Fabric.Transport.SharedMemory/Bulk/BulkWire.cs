namespace Daos.Fabric.Transport.SharedMemory.Bulk;

/// <summary>How the owner of memory lets its peer reach it.</summary>
internal enum GrantWay : uint
{
    /// <summary>There is nothing to reach: a refusal, or a transfer of no bytes.</summary>
    None = 0,

    /// <summary>Position in a region that was sent over the socket.</summary>
    Region = 1,

    /// <summary>Address in the owner's process.</summary>
    Process = 2,

    /// <summary>Bytes go through the rings.</summary>
    Ring = 3,
}

/// <summary>Payload of <see cref="FrameKind.GrantRequest"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct GrantRequestWire
{
    internal const int SizeBytes = 32;
    internal const uint WriteFlag = 1;
    internal const uint ProcessFlag = 2;
    internal const uint KnownFlags = WriteFlag | ProcessFlag;

    public uint Transfer;
    public uint Flags;
    public ulong Key;
    public ulong OffsetBytes;
    public ulong LengthBytes;
}

/// <summary>Payload of <see cref="FrameKind.Grant"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct GrantWire
{
    internal const int SizeBytes = 32;

    public uint Transfer;
    public int Code;
    public GrantWay Way;
    public uint Region;
    public ulong Position;
    public ulong Reserved;
}

/// <summary>Payload of <see cref="FrameKind.Release"/>, <see cref="FrameKind.Revoke"/>, <see cref="FrameKind.End"/> and <see cref="FrameKind.DropRegion"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct TransferWire
{
    internal const int SizeBytes = 8;

    /// <summary>In a release: the memory could not be reached, send the bytes through the ring.</summary>
    internal const int Unreached = 1;

    /// <summary>The transfer; the region when one is dropped.</summary>
    public uint Transfer;

    public int Code;
}

/// <summary>What stands before the bytes in <see cref="FrameKind.ReadData"/> and <see cref="FrameKind.WriteData"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct DataWire
{
    internal const int SizeBytes = 8;

    public uint Transfer;
    public uint PositionBytes;
}

/// <summary>A region on its way over the socket, with its descriptor.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct RegionWire
{
    internal const int SizeBytes = 32;
    internal const uint MagicValue = 0x0052_4644;

    public uint Magic;
    public uint Region;
    public ulong LengthBytes;
    public ulong Reserved0;
    public ulong Reserved1;
}
