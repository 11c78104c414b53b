namespace Daos.Fabric.Transport;

/// <summary>
/// Names registered memory of a peer: what a client puts into a request so that the engine can read or write it. Travels as 24 bytes,
/// little-endian: key, length, access (8 bytes each).
/// </summary>
/// <param name="Key">Unguessable; valid on one connection.</param>
/// <param name="LengthBytes">Length of the memory.</param>
/// <param name="Access">What the peer may do.</param>
public readonly record struct RemoteMemory(ulong Key, long LengthBytes, MemoryAccess Access)
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 24;

    /// <summary>True for real memory; the default value names none.</summary>
    public bool IsValid => Key != 0;

    /// <summary>Writes 24 bytes.</summary>
    public void Write(Span<byte> destination)
    {
        MemoryMarshal.Write(destination, Key);
        MemoryMarshal.Write(destination[8..], LengthBytes);
        MemoryMarshal.Write(destination[16..], (ulong)Access);
    }

    /// <summary>Reads 24 bytes.</summary>
    public static RemoteMemory Read(ReadOnlySpan<byte> source) => new(
        MemoryMarshal.Read<ulong>(source),
        MemoryMarshal.Read<long>(source[8..]),
        (MemoryAccess)(MemoryMarshal.Read<ulong>(source[16..]) & 3));
}

/// <summary>What a peer may do with registered memory.</summary>
[Flags]
public enum MemoryAccess : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The peer may read it (BULK_RO: the engine pulls).</summary>
    RemoteRead = 1,

    /// <summary>The peer may write it (BULK_WO: the engine pushes).</summary>
    RemoteWrite = 2,
}
