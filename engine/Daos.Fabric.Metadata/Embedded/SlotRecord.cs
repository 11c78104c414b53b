using System.Buffers.Binary;

namespace Daos.Fabric.Metadata.Embedded;

/// <summary>
/// The records of an embedded store, little-endian. Each begins with its kind (8 bits); an empty value is a free slot.
/// <code>
/// Head   1  layout version (8)  revision (64)  next lease (64)  slots (64)
/// Entry  2  create revision (64)  mod revision (64)  version (64)  lease (64)  key bytes (16)  key  value
/// Lease  3  id (64)  life in ms (64)
/// </code>
/// Pure functions.
/// </summary>
internal static class SlotRecord
{
    internal const byte Head = 1;
    internal const byte Entry = 2;
    internal const byte Lease = 3;
    internal const byte LayoutVersion = 1;
    internal const int HeadBytes = 26;
    internal const int LeaseBytes = 17;
    internal const int EntryHeaderBytes = 35;
    internal const int EntryBytesMax = EntryHeaderBytes + MetadataLimits.KeyBytesMax + MetadataLimits.ValueBytesMax;

    internal static int SizeOf(MetadataEntry entry) => EntryHeaderBytes + entry.Key.Length + entry.Value.Length;

    internal static void WriteHead(Span<byte> to, long revision, long nextLease, long slots)
    {
        to[0] = Head;
        to[1] = LayoutVersion;
        BinaryPrimitives.WriteInt64LittleEndian(to[2..], revision);
        BinaryPrimitives.WriteInt64LittleEndian(to[10..], nextLease);
        BinaryPrimitives.WriteInt64LittleEndian(to[18..], slots);
    }

    /// <summary>DER_DF_INCOMPT for a newer layout, DER_DF_INVAL for garbage.</summary>
    internal static DerCode ReadHead(ReadOnlySpan<byte> from, out long revision, out long nextLease, out long slots)
    {
        revision = nextLease = slots = 0;
        if (from.Length != HeadBytes || from[0] != Head || from[1] != LayoutVersion)
        {
            return from.Length > 1 && from[0] == Head && from[1] > LayoutVersion ? DerCode.DfIncompt : DerCode.DfInval;
        }

        revision = BinaryPrimitives.ReadInt64LittleEndian(from[2..]);
        nextLease = BinaryPrimitives.ReadInt64LittleEndian(from[10..]);
        slots = BinaryPrimitives.ReadInt64LittleEndian(from[18..]);
        return revision > 0 && nextLease > 0 && slots >= 0 ? DerCode.Success : DerCode.DfInval;
    }

    internal static void WriteEntry(Span<byte> to, MetadataEntry entry)
    {
        to[0] = Entry;
        BinaryPrimitives.WriteInt64LittleEndian(to[1..], entry.CreateRevision);
        BinaryPrimitives.WriteInt64LittleEndian(to[9..], entry.ModRevision);
        BinaryPrimitives.WriteInt64LittleEndian(to[17..], entry.Version);
        BinaryPrimitives.WriteInt64LittleEndian(to[25..], entry.Lease);
        BinaryPrimitives.WriteUInt16LittleEndian(to[33..], (ushort)entry.Key.Length);
        entry.Key.Bytes.Span.CopyTo(to[EntryHeaderBytes..]);
        entry.Value.Span.CopyTo(to[(EntryHeaderBytes + entry.Key.Length)..]);
    }

    /// <summary>Null when the record is damaged.</summary>
    internal static MetadataEntry? ReadEntry(ReadOnlySpan<byte> from)
    {
        if (from.Length < EntryHeaderBytes || from[0] != Entry)
        {
            return null;
        }

        int keyBytes = BinaryPrimitives.ReadUInt16LittleEndian(from[33..]);
        if (keyBytes == 0 || keyBytes > from.Length - EntryHeaderBytes)
        {
            return null;
        }

        return new MetadataEntry(
            MetadataKey.Found(from.Slice(EntryHeaderBytes, keyBytes).ToArray()),
            from[(EntryHeaderBytes + keyBytes)..].ToArray(),
            BinaryPrimitives.ReadInt64LittleEndian(from[1..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[9..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[17..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[25..]));
    }

    internal static void WriteLease(Span<byte> to, long id, long ttlMs)
    {
        to[0] = Lease;
        BinaryPrimitives.WriteInt64LittleEndian(to[1..], id);
        BinaryPrimitives.WriteInt64LittleEndian(to[9..], ttlMs);
    }

    internal static bool TryReadLease(ReadOnlySpan<byte> from, out long id, out long ttlMs)
    {
        bool isLease = from.Length == LeaseBytes && from[0] == Lease;
        id = isLease ? BinaryPrimitives.ReadInt64LittleEndian(from[1..]) : 0;
        ttlMs = isLease ? BinaryPrimitives.ReadInt64LittleEndian(from[9..]) : 0;
        return isLease && MetadataChecks.CheckTtl(ttlMs).IsSuccess;
    }
}
