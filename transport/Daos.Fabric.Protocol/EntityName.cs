namespace Daos.Fabric.Protocol;

/// <summary>
/// Names a pool or container by its UUID, by its label, or by both. On the wire: UUID (16 bytes, zero for none), label (16-bit length,
/// UTF-8).
/// </summary>
/// <param name="Id">The UUID, or the empty one.</param>
/// <param name="Label">The label, or the empty string.</param>
public readonly record struct EntityName(Guid Id, string Label)
{
    /// <summary>Size on the wire at most.</summary>
    public const int BytesMax = 16 + 2 + ProtocolLimits.LabelBytesMax;

    /// <summary>True when it names something.</summary>
    public bool IsSet => Id != Guid.Empty || !string.IsNullOrEmpty(Label);

    /// <summary>The label if there is one, else the UUID.</summary>
    public override string ToString() => string.IsNullOrEmpty(Label) ? Id.ToString() : Label;

    internal void Write(ref WireWriter writer)
    {
        writer.WriteGuid(Id);
        writer.WriteText(Label ?? "", ProtocolLimits.LabelBytesMax);
    }

    internal static EntityName Read(ref WireReader reader) => new(reader.ReadGuid(), reader.ReadText(ProtocolLimits.LabelBytesMax));
}
