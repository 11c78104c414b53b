namespace Daos.Fabric.Metadata;

/// <summary>
/// Where the system keeps its metadata: keys in byte order with small values, changed by compare-and-swap transactions, each of which has
/// a revision. Any thread may call; on an owner thread the calls of the embedded and the simulated store complete on that thread.
/// </summary>
/// <remarks>
/// Reads and transactions are linearizable. Codes of every call: DER_INVAL (what is not allowed), DER_BUSY (too many calls wait),
/// DER_CANCELED (nothing happened), DER_UNREACH and DER_TIMEDOUT (no store could be asked, or it did not answer in time), DER_NO_PERM and
/// DER_BAD_CERT (it refused us), DER_IO (its media failed), DER_NOSPACE, DER_SHUTDOWN (disposed).
/// </remarks>
public interface IMetadataStore : IAsyncDisposable
{
    /// <summary>One page of the entries of a range, in key order. DER_EP_OLD for a revision that is compacted or forgotten.</summary>
    Task<DerResult<MetadataPage>> ReadAsync(MetadataRange range, CancellationToken cancel = default);

    /// <summary>
    /// Carries out a transaction once. DER_NONEXIST when it names a lease that is gone, DER_KEY2BIG, DER_REC2BIG, DER_OVERFLOW by
    /// <see cref="MetadataLimits"/>. DER_TX_UNCERTAIN: it happened, or will happen, or never will; whoever must know makes it visible with a
    /// key of the transaction's own.
    /// </summary>
    Task<DerResult<MetadataCommit>> CommitAsync(MetadataTransaction transaction, CancellationToken cancel = default);

    /// <summary>
    /// Every change in a range from a revision on, each once and in order, whatever happens to connections. DER_EP_OLD when that revision is
    /// compacted or forgotten: read the range anew and watch from behind the revision of that page. A store remembers a bounded number of
    /// revisions, and the embedded one none from before its restart; what was shown to a watch is never taken back.
    /// </summary>
    Task<DerResult<IMetadataWatch>> WatchAsync(MetadataRange range, CancellationToken cancel = default);

    /// <summary>
    /// A lease that lives for so long after its last renewal, or somewhat longer. DER_TX_UNCERTAIN: there may be one that nobody knows, which
    /// ends by itself.
    /// </summary>
    /// <param name="ttlMs">Milliseconds, by <see cref="MetadataLimits"/>.</param>
    /// <param name="cancel">Gives up.</param>
    Task<DerResult<MetadataLease>> GrantAsync(long ttlMs, CancellationToken cancel = default);

    /// <summary>Renews a lease. DER_NONEXIST when it has ended, and its keys with it.</summary>
    Task<DerResult<MetadataLease>> RenewAsync(long lease, CancellationToken cancel = default);

    /// <summary>Ends a lease; its keys go. Success also when it has ended already: a repetition cannot tell.</summary>
    Task<DerCode> RevokeAsync(long lease, CancellationToken cancel = default);

    /// <summary>
    /// Forgets what was before a revision: reads below it and watches up to it answer DER_EP_OLD. Success also when it was forgotten before.
    /// DER_INVAL for a revision in the future.
    /// </summary>
    Task<DerCode> CompactAsync(long revision, CancellationToken cancel = default);
}
