using System.Buffers.Binary;

namespace Daos.Fabric.Rpc.Wire;

/// <summary>
/// Reads a payload front to back. Never throws: reading past the end gives zeroes and sets <see cref="Failed"/>, which the caller looks
/// at once, after the last read and before it acts on anything.
/// </summary>
public ref struct WireReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>True once a read went past the end or <see cref="Fail"/> was called.</summary>
    public bool Failed { get; private set; }

    /// <summary>Bytes left.</summary>
    public readonly int Remaining => _source.Length - Position;

    /// <summary>Nothing failed and nothing is left.</summary>
    public readonly bool IsComplete => !Failed && Remaining == 0;

    /// <summary>Reads one byte.</summary>
    public byte ReadByte()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(1);
        return bytes.Length == 0 ? (byte)0 : bytes[0];
    }

    /// <summary>Reads 16 bits.</summary>
    public ushort ReadUInt16()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(2);
        return bytes.Length == 0 ? (ushort)0 : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    /// <summary>Reads 32 bits.</summary>
    public uint ReadUInt32()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(4);
        return bytes.Length == 0 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    /// <summary>Reads 64 bits.</summary>
    public ulong ReadUInt64()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(8);
        return bytes.Length == 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Reads a UUID, big-endian.</summary>
    public Guid ReadGuid()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(16);
        return bytes.Length == 0 ? Guid.Empty : new Guid(bytes, bigEndian: true);
    }

    /// <summary>Reads an object id.</summary>
    public ObjectId ReadObjectId()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(ObjectId.SizeBytes);
        return bytes.Length == 0 ? default : ObjectId.Read(bytes);
    }

    /// <summary>Reads the name of a peer's memory; the default value names none.</summary>
    public RemoteMemory ReadRemoteMemory()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(RemoteMemory.SizeBytes);
        if (bytes.Length == 0)
        {
            return default;
        }

        RemoteMemory memory = RemoteMemory.Read(bytes);
        if (memory.LengthBytes < 0)
        {
            Fail();
        }

        return memory;
    }

    /// <summary>The next bytes, borrowed from the payload; empty after a failure.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (Failed || (uint)count > (uint)Remaining)
        {
            Failed = true;
            return default;
        }

        ReadOnlySpan<byte> bytes = _source.Slice(Position, count);
        Position += count;
        return bytes;
    }

    /// <summary>Skips to the next multiple of 8 bytes; the bytes skipped must be zero.</summary>
    public void Align8()
    {
        int count = -Position & 7;
        if (ReadBytes(Math.Min(count, Remaining)).ContainsAnyExcept((byte)0))
        {
            Fail();
        }
    }

    /// <summary>The same where the bytes up to the next multiple of 8 belong to the message: all of them must be there.</summary>
    public void ReadPadding8()
    {
        if (ReadBytes(-Position & 7).ContainsAnyExcept((byte)0))
        {
            Fail();
        }
    }

    /// <summary>For a caller that found a value out of range.</summary>
    public void Fail() => Failed = true;
}
