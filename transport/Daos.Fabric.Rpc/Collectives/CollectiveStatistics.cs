namespace Daos.Fabric.Rpc.Collectives;

/// <summary>Running totals of one service. Written by its owner thread.</summary>
public sealed class CollectiveStatistics
{
    /// <summary>Collectives that this rank started.</summary>
    public long Started;

    /// <summary>Those of them that ended with an error.</summary>
    public long Failed;

    /// <summary>Collectives of others that came through here.</summary>
    public long Forwarded;

    /// <summary>Those refused because they were started at another version of the group.</summary>
    public long VersionsDiffered;
}
