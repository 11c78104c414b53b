using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Engine.Services;

/// <summary>
/// A container as the system knows it. The record: version (8 bits), state (8 bits), pool (16 bytes), label, checksum type (8 bits), flags
/// of the properties (8 bits; absent in version 1), chunk bytes (32 bits). Owned by the system xstream.
/// </summary>
internal sealed class ContainerEntry(ContainerId id, PoolId pool, string label, ContainerProperties properties, RecordState state)
{
    public const int BytesMax = 2 + 16 + 2 + ProtocolLimits.LabelBytesMax + 6;

    private const byte Version = 2;

    public ContainerId Id { get; } = id;

    public PoolId Pool { get; } = pool;

    public string Label { get; } = label;

    public ContainerProperties Properties { get; } = properties;

    public RecordState State { get; set; } = state;

    public EntityName Name => new(Id.Value, Label);

    public int Write(Span<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteByte(Version);
        writer.WriteByte((byte)State);
        writer.WriteGuid(Pool.Value);
        RecordText.Write(ref writer, Label);
        writer.WriteByte((byte)Properties.Checksum);
        writer.WriteByte(Properties.Flags);
        writer.WriteUInt32(Properties.ChunkBytes);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Null when the record is damaged.</summary>
    public static ContainerEntry? Read(Guid id, ReadOnlySpan<byte> source)
    {
        var reader = new WireReader(source);
        byte version = reader.ReadByte();
        var state = (RecordState)reader.ReadByte();
        var pool = new PoolId(reader.ReadGuid());
        string label = RecordText.Read(ref reader);
        byte checksum = reader.ReadByte();
        byte flags = version == 1 ? (byte)0 : reader.ReadByte();
        bool isGood = ContainerProperties.TryMake(checksum, flags, reader.ReadUInt32(), out ContainerProperties properties)
            && reader.IsComplete
            && (version is 1 or Version);
        return isGood ? new ContainerEntry(new ContainerId(id), pool, label, properties, state) : null;
    }
}
