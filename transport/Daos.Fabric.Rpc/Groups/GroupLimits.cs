namespace Daos.Fabric.Rpc.Groups;

/// <summary>Limits of groups, each with unit and reason.</summary>
public static class GroupLimits
{
    /// <summary>Ranks of a group at most; a tree over them is computed in one turn.</summary>
    public const int RanksMax = 1 << 16;

    /// <summary>Secondary groups at most: one per pool and some.</summary>
    public const int SecondariesMax = 4096;

    /// <summary>Subscribers to membership events at most: one per xstream and service.</summary>
    public const int SubscribersMax = 1024;

    /// <summary>
    /// Events that wait for one subscriber at most (a power of two); above it events are dropped and the subscriber is told to look at
    /// the group again.
    /// </summary>
    public const int EventsMax = 1024;
}
