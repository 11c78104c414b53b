namespace Daos.Fabric.Store.Devices;

/// <summary>A blob that is to be made, or to become larger. Immutable.</summary>
/// <param name="Tag">Whose it is.</param>
/// <param name="LengthBytes">The least that it is to hold.</param>
public readonly record struct BlobRequest(BlobTag Tag, long LengthBytes);
