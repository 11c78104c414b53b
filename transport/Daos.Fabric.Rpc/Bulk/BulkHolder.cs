namespace Daos.Fabric.Rpc.Bulk;

/// <summary>Who keeps a <see cref="BulkRegion"/> from being used again.</summary>
public enum BulkHolder : byte
{
    /// <summary>Whoever rented it, until <see cref="BulkRegion.Free"/>.</summary>
    Creator,

    /// <summary>A call that exposes it, until no byte can be reached any more.</summary>
    Call,

    /// <summary>A transfer from or to it.</summary>
    Transfer,
}
