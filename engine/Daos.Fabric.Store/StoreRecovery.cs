namespace Daos.Fabric.Store;

/// <summary>What opening a shard found.</summary>
/// <param name="PagesLoaded">Pages of 4 KiB that the checkpoint held.</param>
/// <param name="BlocksReplayed">Log blocks applied.</param>
/// <param name="BytesReplayed">Bytes of those blocks.</param>
/// <param name="TransactionsReplayed">Transactions applied.</param>
/// <param name="TailCut">True when blocks behind the log's end were dropped: none of them was ever acknowledged.</param>
/// <param name="HadBadSuperblock">True when one copy of the superblock was bad and the other was used.</param>
public readonly record struct StoreRecovery(
    long PagesLoaded, long BlocksReplayed, long BytesReplayed, long TransactionsReplayed, bool TailCut, bool HadBadSuperblock);
