namespace Daos.Fabric.Store;

/// <summary>Limits of a shard, each with its reason.</summary>
internal static class StoreLimits
{
    /// <summary>Redo bytes of one transaction: an update with 64 values below the data threshold and their trees, with room.</summary>
    internal const int TransactionBytesMax = 1 << 20;

    /// <summary>Undo bytes of one transaction before the shard stops: far above what fits the log, so it means a loop.</summary>
    internal const int UndoBytesMax = 64 << 20;

    /// <summary>Observers of one transaction: data space, results, visibility, with room.</summary>
    internal const int ObserversMax = 8;

    /// <summary>Callers that wait for one thing before its queue first grows: as deep as callers usually are, so that growth is no surprise later.</summary>
    internal const int WaitersFirst = 256;
}
