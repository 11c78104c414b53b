namespace Daos.Fabric.Engine.Services;

/// <summary>
/// A snapshot of a container as the system knows it. The record, under the UUID that the client drew: version (8 bits), state (8 bits),
/// container (16 bytes), epoch (64 bits), label; when it is being destroyed also who asked: client (16 bytes), sequence and lowest unanswered
/// sequence (64 bits each), so that a start which finishes it keeps the answer for a resend. Owned by the system xstream.
/// </summary>
internal sealed class SnapshotEntry(Guid id, ContainerId container, Epoch epoch, string label, RecordState state)
{
    public const int BytesMax = 2 + 16 + 8 + 2 + ProtocolLimits.LabelBytesMax + 32;

    private const byte Version = 1;

    public Guid Id { get; } = id;

    public ContainerId Container { get; } = container;

    public Epoch Epoch { get; } = epoch;

    /// <summary>Empty for none.</summary>
    public string Label { get; } = label;

    public RecordState State { get; set; } = state;

    /// <summary>Who is having it destroyed.</summary>
    public ModificationInfo Destroyer { get; set; }

    public EntityName Name => new(Id, Label);

    public int Write(Span<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteByte(Version);
        writer.WriteByte((byte)State);
        writer.WriteGuid(Container.Value);
        writer.WriteUInt64(Epoch.Value);
        RecordText.Write(ref writer, Label);
        if (State == RecordState.Destroying)
        {
            writer.WriteGuid(Destroyer.ClientId);
            writer.WriteUInt64(Destroyer.Sequence);
            writer.WriteUInt64(Destroyer.LowestUnanswered);
        }

        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Null when the record is damaged.</summary>
    public static SnapshotEntry? Read(Guid id, ReadOnlySpan<byte> source)
    {
        var reader = new WireReader(source);
        byte version = reader.ReadByte();
        var state = (RecordState)reader.ReadByte();
        var container = new ContainerId(reader.ReadGuid());
        var epoch = new Epoch(reader.ReadUInt64());
        var snapshot = new SnapshotEntry(id, container, epoch, RecordText.Read(ref reader), state);
        if (state == RecordState.Destroying)
        {
            snapshot.Destroyer = new ModificationInfo { ClientId = reader.ReadGuid(), Sequence = reader.ReadUInt64(), LowestUnanswered = reader.ReadUInt64() };
        }

        return reader.IsComplete && version == Version && epoch.IsSet ? snapshot : null;
    }
}
