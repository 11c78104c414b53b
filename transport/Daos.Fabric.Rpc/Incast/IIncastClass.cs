namespace Daos.Fabric.Rpc.Incast;

/// <summary>
/// The callbacks of a class of variables (CART: crt_iv_ops), the same at every rank. Called on the namespace's loop. Operations that are
/// repeated on a new group version call them again, so they compare versions and take the same value twice without harm. Keys and values
/// are valid until the returned task ends.
/// </summary>
public interface IIncastClass
{
    /// <summary>Its number in the namespace.</summary>
    uint Id { get; }

    /// <summary>Its properties.</summary>
    IncastFeatures Features { get; }

    /// <summary>The variable's root: a primary rank of the group (ivo_on_hash).</summary>
    Rank OnHash(ReadOnlyMemory<byte> key);

    /// <summary>
    /// Gives the value in this version or a higher one (ivo_on_fetch). DER_IVCB_FORWARD: not here, ask the parent.
    /// </summary>
    ValueTask<DerResult<IncastValue>> OnFetchAsync(ReadOnlyMemory<byte> key, uint version, IncastFlags flags);

    /// <summary>
    /// Takes a value on its way to the root (ivo_on_update); what it returns goes back with a bidirectional update. DER_IVCB_FORWARD: hand
    /// it on to the parent.
    /// </summary>
    ValueTask<DerResult<IncastValue>> OnUpdateAsync(ReadOnlyMemory<byte> key, IncastValue value, IncastFlags flags);

    /// <summary>
    /// Keeps a value that came down: a fetch's reply, a synchronisation, a bidirectional update's way back (ivo_on_refresh). A null value:
    /// with success what is kept is old (invalidate), with an error a fetch failed.
    /// </summary>
    ValueTask<DerCode> OnRefreshAsync(ReadOnlyMemory<byte> key, IncastValue? value, DerCode code);

    /// <summary>The group changed; called for classes with <see cref="IncastFeatures.DiscardCache"/>, which keep only what they are the root of.</summary>
    void Discard();
}
