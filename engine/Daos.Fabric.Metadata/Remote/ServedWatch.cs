namespace Daos.Fabric.Metadata.Remote;

/// <summary>A watch that is kept open between two questions. Owned by whoever took it out of the table.</summary>
/// <param name="watch">The store's.</param>
/// <param name="nextRevision">The next revision that it may give.</param>
internal sealed class ServedWatch(IMetadataWatch watch, long nextRevision)
{
    internal IMetadataWatch Watch { get; } = watch;

    internal long NextRevision { get; set; } = nextRevision;

    /// <summary>Orders watches by their last questions.</summary>
    internal long LastUsed { get; set; }
}
