namespace Daos.Fabric.Engine.Services;

/// <summary>
/// A pool as the system knows it. The record: version (8 bits), state (8 bits), label, three sizes per shard (64 bits each). Owned by the
/// system xstream.
/// </summary>
internal sealed class PoolEntry(PoolId id, string label, ShardSizes sizes, RecordState state)
{
    public const int BytesMax = 2 + 2 + ProtocolLimits.LabelBytesMax + 24;

    private const byte Version = 1;

    public PoolId Id { get; } = id;

    public string Label { get; } = label;

    public ShardSizes Sizes { get; } = sizes;

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
        return reader.IsComplete && version == Version ? new PoolEntry(new PoolId(id), label, sizes, state) : null;
    }
}
