using System.Buffers.Binary;

namespace Daos.Fabric.Rpc.Wire;

/// <summary>
/// Fills a payload front to back. Never throws: writing past the end writes nothing and sets <see cref="Failed"/>. Every byte up to
/// <see cref="Position"/> was written, so that no old memory leaves the process.
/// </summary>
public ref struct WireWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    /// <summary>Bytes written so far.</summary>
    public int Position { get; private set; }

    /// <summary>True once something did not fit.</summary>
    public bool Failed { get; private set; }

    /// <summary>Bytes left.</summary>
    public readonly int Remaining => _destination.Length - Position;

    /// <summary>Writes one byte.</summary>
    public void WriteByte(byte value)
    {
        Span<byte> bytes = Take(1);
        if (bytes.Length != 0)
        {
            bytes[0] = value;
        }
    }

    /// <summary>Writes 16 bits.</summary>
    public void WriteUInt16(ushort value)
    {
        Span<byte> bytes = Take(2);
        if (bytes.Length != 0)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        }
    }

    /// <summary>Writes 32 bits.</summary>
    public void WriteUInt32(uint value)
    {
        Span<byte> bytes = Take(4);
        if (bytes.Length != 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        }
    }

    /// <summary>Writes 64 bits.</summary>
    public void WriteUInt64(ulong value)
    {
        Span<byte> bytes = Take(8);
        if (bytes.Length != 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        }
    }

    /// <summary>Writes a UUID, big-endian.</summary>
    public void WriteGuid(Guid value)
    {
        Span<byte> bytes = Take(16);
        if (bytes.Length != 0)
        {
            value.TryWriteBytes(bytes, bigEndian: true, out _);
        }
    }

    /// <summary>Writes an object id.</summary>
    public void WriteObjectId(ObjectId value)
    {
        Span<byte> bytes = Take(ObjectId.SizeBytes);
        if (bytes.Length != 0)
        {
            value.Write(bytes);
        }
    }

    /// <summary>Writes the name of registered memory.</summary>
    public void WriteRemoteMemory(RemoteMemory value)
    {
        Span<byte> bytes = Take(RemoteMemory.SizeBytes);
        if (bytes.Length != 0)
        {
            value.Write(bytes);
        }
    }

    /// <summary>Copies bytes.</summary>
    public void WriteBytes(scoped ReadOnlySpan<byte> value)
    {
        Span<byte> bytes = Take(value.Length);
        if (bytes.Length != 0)
        {
            value.CopyTo(bytes);
        }
    }

    /// <summary>
    /// The next bytes, for the caller to fill completely; empty after a failure.
    /// </summary>
    public Span<byte> Take(int count)
    {
        if (Failed || (uint)count > (uint)Remaining)
        {
            Failed = true;
            return default;
        }

        Span<byte> bytes = _destination.Slice(Position, count);
        Position += count;
        return bytes;
    }

    /// <summary>Fills with zeroes up to the next multiple of 8 bytes.</summary>
    public void Align8() => Take(-Position & 7).Clear();
}
