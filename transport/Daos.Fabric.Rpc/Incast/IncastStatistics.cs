namespace Daos.Fabric.Rpc.Incast;

/// <summary>Running totals of one namespace. Written by its owner thread.</summary>
public sealed class IncastStatistics
{
    /// <summary>Fetches that this rank sent to a parent or root.</summary>
    public long FetchesForwarded;

    /// <summary>Fetches that waited for another one of the same key instead of being sent.</summary>
    public long FetchesCoalesced;

    /// <summary>Updates that this rank sent to a parent or root.</summary>
    public long UpdatesForwarded;

    /// <summary>Synchronisations that this rank began as a root.</summary>
    public long Syncs;

    /// <summary>Lazy ones among them that a newer value of the same key replaced before they began.</summary>
    public long SyncsReplaced;

    /// <summary>Synchronisations that did not reach everybody; they are tried again.</summary>
    public long SyncsFailed;

    /// <summary>Operations tried again because the group had changed or a rank on the way did not answer.</summary>
    public long Retries;
}
