using System.Buffers.Binary;

namespace Daos.Fabric.Protocol.Objects;

/// <summary>The reply to a listing as it lies in a message: a view, whose fixed part is checked by <see cref="TryParse"/>.</summary>
public readonly ref struct EnumerateReply
{
    private EnumerateReply(EnumerateReplyWire wire, ReadOnlySpan<byte> entries)
    {
        Wire = wire;
        PackedEntries = entries;
    }

    /// <summary>The fixed part.</summary>
    public EnumerateReplyWire Wire { get; }

    /// <summary>The packed entries.</summary>
    public ReadOnlySpan<byte> PackedEntries { get; }

    /// <summary>Nothing follows.</summary>
    public bool IsEnd => (Wire.Flags & EnumerateReplyWire.EndFlag) != 0;

    /// <summary>The extents, in listings of extents.</summary>
    public ReadOnlySpan<RecxEntry> Recxs => MemoryMarshal.Cast<byte, RecxEntry>(PackedEntries);

    /// <summary>The objects, in object tables.</summary>
    public ReadOnlySpan<ObjectEntry> Objects => MemoryMarshal.Cast<byte, ObjectEntry>(PackedEntries);

    /// <summary>Checks the fixed part and the lengths of the entries.</summary>
    /// <param name="payload">The reply's payload.</param>
    /// <param name="isFixed">A listing of extents or objects, whose entries have one size, else of keys.</param>
    /// <param name="reply">The view, when true is returned.</param>
    public static bool TryParse(ReadOnlySpan<byte> payload, bool isFixed, out EnumerateReply reply)
    {
        reply = default;
        if (payload.Length < EnumerateReplyWire.SizeBytes)
        {
            return false;
        }

        EnumerateReplyWire wire = MemoryMarshal.Read<EnumerateReplyWire>(payload);
        ReadOnlySpan<byte> entries = payload[EnumerateReplyWire.SizeBytes..];
        if (wire.EntryBytes != (uint)entries.Length || (wire.Flags & ~EnumerateReplyWire.EndFlag) != 0 || wire.Reserved0 != 0)
        {
            return false;
        }

        bool fits = isFixed ? entries.Length == (long)wire.Entries * RecxEntry.SizeBytes : KeysFit(entries, wire.Entries);
        reply = fits ? new EnumerateReply(wire, entries) : default;
        return fits;
    }

    /// <summary>Takes the next key off the front of packed keys; false at the end.</summary>
    public static bool TryTakeKey(ref ReadOnlySpan<byte> packed, out ReadOnlySpan<byte> key)
    {
        key = default;
        if (packed.Length < sizeof(ushort))
        {
            return false;
        }

        int lengthBytes = BinaryPrimitives.ReadUInt16LittleEndian(packed);
        if (packed.Length - sizeof(ushort) < lengthBytes)
        {
            return false;
        }

        key = packed.Slice(sizeof(ushort), lengthBytes);
        packed = packed[(sizeof(ushort) + lengthBytes)..];
        return true;
    }

    private static bool KeysFit(ReadOnlySpan<byte> packed, uint entries)
    {
        uint count = 0;
        while (TryTakeKey(ref packed, out _))
        {
            count++;
        }

        return packed.IsEmpty && count == entries;
    }
}
