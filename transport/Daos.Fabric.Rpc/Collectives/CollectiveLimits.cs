namespace Daos.Fabric.Rpc.Collectives;

/// <summary>Limits of collective requests, each with unit and reason.</summary>
public static class CollectiveLimits
{
    /// <summary>Ranks that a filter names at most: half of a message. A larger choice is a secondary group.</summary>
    public const int FilterMax = 8192;

    /// <summary>Payload bytes at most: with the largest filter it still fits into a message. More travels as bulk that every rank pulls.</summary>
    public const int PayloadBytesMax = 24 * 1024;

    /// <summary>Bytes of an aggregated reply at most.</summary>
    public const int ReplyBytesMax = 32 * 1024;

    /// <summary>Operations of one service at most: a table that is searched by a dictionary, filled at start-up.</summary>
    public const int OperationsMax = 256;
}
