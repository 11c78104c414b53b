namespace Daos.Fabric.Store.Io;

/// <summary>
/// Which transaction an operation belongs to (struct dtx_id): its client's id and the client's clock when it began. Operations with the
/// same id do not conflict with each other. A value.
/// </summary>
/// <param name="Client">The client.</param>
/// <param name="Hlc">The client's clock.</param>
public readonly record struct TransactionId(Guid Client, ulong Hlc)
{
    /// <summary>None: the operation stands alone.</summary>
    public static TransactionId None => default;

    /// <summary>True for a transaction.</summary>
    public bool IsSet => Client != Guid.Empty;
}
