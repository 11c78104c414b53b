namespace Daos.Fabric.Rpc.Collectives;

/// <summary>Limits of collective requests, each with unit and reason.</summary>
public static class CollectiveLimits
{
    /// <summary>Ranks that a filter names at most: half of a message. A larger choice is a secondary group.</summary>
    public const int FilterMax = 8192;

    /// <summary>Payload bytes at most: with the largest filter it still fits into a message. More travels as bulk that every rank pulls.</summary>
    public const int PayloadBytesMax = 24 * 1024;

    /// <summary>Bytes of an aggregated reply at most.</summary>
    public const int ReplyBytesMax = ReplyRoom.BytesMax;

    /// <summary>Runs that a service keeps for its next collectives at most, each with its memory: more at once are rare.</summary>
    public const int RunsKeptMax = 64;

    /// <summary>Bytes for the replies of the children that a run keeps for its next collective at most; more is given back.</summary>
    public const int RepliesKeptBytesMax = 64 * 1024;

    /// <summary>Operations of one service at most: a table that is searched by a dictionary, filled at start-up.</summary>
    public const int OperationsMax = 256;
}
