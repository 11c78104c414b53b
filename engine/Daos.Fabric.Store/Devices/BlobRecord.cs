namespace Daos.Fabric.Store.Devices;

/// <summary>A blob as the table has it. Immutable.</summary>
/// <param name="Id">Identity, drawn when it was made.</param>
/// <param name="Tag">Whose it is.</param>
/// <param name="Extents">Where it lies, in the order of its bytes.</param>
internal sealed record BlobRecord(Guid Id, BlobTag Tag, IReadOnlyList<BlobExtent> Extents)
{
    internal long Clusters => Extents.Sum(static e => e.Clusters);
}
