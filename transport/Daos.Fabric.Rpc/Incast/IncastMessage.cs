using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Incast;

/// <summary>A fetch, update or synchronisation. Immutable.</summary>
/// <remarks>
/// <code>
///      0       1       2       3       4       5       6       7
///  0 | namespace                     | class                         |
///  8 | group version                 | primary group version         |
/// 16 | version of the variable       | key bytes     | mode  | event |
/// 24 | flags                         | 0                             |
/// 32 | key, zeroes up to 8, then the value                           |
/// reply
///  0 | version of the variable       | 0                             |
///  8 | value                                                         |
/// </code>
/// </remarks>
internal readonly record struct IncastMessage(
    uint Namespace, uint Class, uint GroupVersion, uint PrimaryVersion, ReadOnlyMemory<byte> Key, IncastValue? Value, uint Version, IncastSync Sync, IncastShortcut Shortcut)
{
    internal const int ReplyHeadBytes = 8;
    internal const int HeadBytes = 32;
    private const uint ShortcutFlag = 1;
    private const uint BidirectionalFlag = 2;
    private const uint ValueFlag = 4;

    private ReadOnlyMemory<byte> ValueBytes => Value is { } value ? value.Bytes : default;

    internal int BytesMax => HeadBytes + Key.Length + 8 + ValueBytes.Length;

    internal int Write(Span<byte> room)
    {
        var writer = new WireWriter(room);
        writer.WriteUInt32(Namespace);
        writer.WriteUInt32(Class);
        writer.WriteUInt32(GroupVersion);
        writer.WriteUInt32(PrimaryVersion);
        writer.WriteUInt32(Version);
        writer.WriteUInt16((ushort)Key.Length);
        writer.WriteByte((byte)Sync.Mode);
        writer.WriteByte((byte)Sync.Event);
        writer.WriteUInt32((Shortcut == IncastShortcut.ToRoot ? ShortcutFlag : 0) | (Sync.IsBidirectional ? BidirectionalFlag : 0) | (Value is null ? 0 : ValueFlag));
        writer.Align8();
        writer.WriteBytes(Key.Span);
        writer.Align8();
        writer.WriteBytes(ValueBytes.Span);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads and checks a message; false for a malformed one. Key and value lie in the bytes given.</summary>
    internal static bool TryRead(ReadOnlyMemory<byte> bytes, out IncastMessage message)
    {
        message = default;
        var reader = new WireReader(bytes.Span);
        uint space = reader.ReadUInt32();
        uint kind = reader.ReadUInt32();
        uint groupVersion = reader.ReadUInt32();
        uint primaryVersion = reader.ReadUInt32();
        uint version = reader.ReadUInt32();
        int keyBytes = reader.ReadUInt16();
        var mode = (IncastSyncMode)reader.ReadByte();
        var what = (IncastSyncEvent)reader.ReadByte();
        uint flags = reader.ReadUInt32();
        reader.ReadPadding8();
        int keyOffset = reader.Position;
        reader.ReadBytes(keyBytes);
        reader.ReadPadding8();
        var sync = new IncastSync(mode, what, (flags & BidirectionalFlag) != 0);
        bool hasValue = (flags & ValueFlag) != 0;
        if (reader.Failed || !sync.IsValid || flags > 7 || keyBytes > IncastLimits.KeyBytesMax
            || reader.Remaining > (hasValue ? IncastLimits.ValueBytesMax : 0))
        {
            return false;
        }

        IncastValue? value = hasValue ? new IncastValue(version, bytes[reader.Position..]) : null;
        var shortcut = (IncastShortcut)(flags & ShortcutFlag);
        message = new IncastMessage(space, kind, groupVersion, primaryVersion, bytes.Slice(keyOffset, keyBytes), value, version, sync, shortcut);
        return true;
    }

    internal static int WriteReply(Span<byte> room, in IncastValue value)
    {
        var writer = new WireWriter(room);
        writer.WriteUInt32(value.Version);
        writer.Align8();
        writer.WriteBytes(value.Bytes.Span);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads a reply, whose value is copied into the room; false for a malformed one.</summary>
    internal static bool TryReadReply(ReadOnlySpan<byte> bytes, ReplyRoom room, out IncastValue value)
    {
        var reader = new WireReader(bytes);
        uint version = reader.ReadUInt32();
        reader.ReadPadding8();
        bool isGood = !reader.Failed && reader.Remaining <= IncastLimits.ValueBytesMax && room.Set(reader.ReadBytes(reader.Remaining)).IsSuccess;
        value = isGood ? new IncastValue(version, room.Bytes) : default;
        return isGood;
    }
}
