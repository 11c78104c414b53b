namespace Daos.Fabric.Engine.Services;

/// <summary>
/// A pool as the system knows it. The record: version (8 bits), state (8 bits), label, three sizes per shard (64 bits each), whether it
/// is being resized (8 bits), and then the wanted arena and data bytes (64 bits each) and who asked: client (16 bytes), sequence and lowest
/// unanswered sequence (64 bits each). Owned by the system xstream.
/// </summary>
internal sealed class PoolEntry(PoolId id, string label, ShardSizes sizes, RecordState state)
{
    public const int BytesMax = 2 + 2 + ProtocolLimits.LabelBytesMax + 24 + 1 + 48;

    private const byte Version = 1;

    public PoolId Id { get; } = id;

    public string Label { get; } = label;

    /// <summary>What every shard has, or, while <see cref="Wanted"/> is set, had.</summary>
    public ShardSizes Sizes { get; set; } = sizes;

    /// <summary>What every shard is being brought to; each has the one or the other. Null when nothing is under way.</summary>
    public ShardSizes? Wanted { get; set; }

    /// <summary>Who asked for it.</summary>
    public ModificationInfo Resizer { get; set; }

    public RecordState State { get; set; } = state;

    public EntityName Name => new(Id.Value, Label);

    public int Write(Span<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteByte(Version);
        writer.WriteByte((byte)State);
        RecordText.Write(ref writer, Label);
        writer.WriteUInt64((ulong)Sizes.ArenaBytes);
        writer.WriteUInt64((ulong)Sizes.LogBytes);
        writer.WriteUInt64((ulong)Sizes.DataBytes);
        writer.WriteByte(Wanted is null ? (byte)0 : (byte)1);
        if (Wanted is { } wanted)
        {
            writer.WriteUInt64((ulong)wanted.ArenaBytes);
            writer.WriteUInt64((ulong)wanted.DataBytes);
            writer.WriteGuid(Resizer.ClientId);
            writer.WriteUInt64(Resizer.Sequence);
            writer.WriteUInt64(Resizer.LowestUnanswered);
        }

        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Null when the record is damaged.</summary>
    public static PoolEntry? Read(Guid id, ReadOnlySpan<byte> source)
    {
        var reader = new WireReader(source);
        byte version = reader.ReadByte();
        var state = (RecordState)reader.ReadByte();
        string label = RecordText.Read(ref reader);
        var sizes = new ShardSizes
        {
            ArenaBytes = (long)reader.ReadUInt64(),
            LogBytes = (long)reader.ReadUInt64(),
            DataBytes = (long)reader.ReadUInt64(),
        };
        var pool = new PoolEntry(new PoolId(id), label, sizes, state);
        byte isResized = reader.ReadByte();
        if (isResized == 1)
        {
            pool.Wanted = sizes with { ArenaBytes = (long)reader.ReadUInt64(), DataBytes = (long)reader.ReadUInt64() };
            pool.Resizer = new ModificationInfo { ClientId = reader.ReadGuid(), Sequence = reader.ReadUInt64(), LowestUnanswered = reader.ReadUInt64() };
        }

        return reader.IsComplete && version == Version && isResized <= 1 ? pool : null;
    }
}
