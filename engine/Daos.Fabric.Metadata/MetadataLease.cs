namespace Daos.Fabric.Metadata;

/// <summary>A lease. Immutable.</summary>
/// <param name="Id">Names it in operations; never 0.</param>
/// <param name="TtlMs">It lives for at least so long from now, in milliseconds, as far as the store's clock is concerned.</param>
public sealed record MetadataLease(long Id, long TtlMs);
