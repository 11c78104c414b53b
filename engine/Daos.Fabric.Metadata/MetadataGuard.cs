namespace Daos.Fabric.Metadata;

/// <summary>
/// The transaction is looked at only when a marker key is as it was; it writes the marker together with its changes. So no copy of a request
/// is applied after another one was. Immutable.
/// </summary>
/// <param name="Key">The marker, one of the store's own keys.</param>
/// <param name="ModRevision">The revision that wrote it last, as the sender knows.</param>
/// <param name="Mark">What it becomes, followed by the branch that was taken (8 bits).</param>
/// <param name="Lease">The lease of the marker.</param>
/// <param name="Always">Writes it also when the branch that is taken changes nothing: no older copy can be applied behind this one.</param>
internal sealed record MetadataGuard(MetadataKey Key, long ModRevision, ReadOnlyMemory<byte> Mark, long Lease, bool Always)
{
    internal byte[] MarkOf(MetadataBranch branch) => [.. Mark.Span, (byte)branch];

    /// <summary>The branch that the holder of this guard took, when the marker says that it took one.</summary>
    internal MetadataBranch? BranchIn(MetadataEntry marker)
    {
        ReadOnlySpan<byte> value = marker.Value.Span;
        return value.Length == Mark.Length + 1 && value.StartsWith(Mark.Span) ? (MetadataBranch)value[^1] : null;
    }
}
