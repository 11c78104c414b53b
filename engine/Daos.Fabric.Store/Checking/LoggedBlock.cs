namespace Daos.Fabric.Store.Checking;

/// <summary>One block of the log, as it lies on media.</summary>
/// <param name="Position">Where it stands in the endless log.</param>
/// <param name="OffsetBytes">Where it lies in the file.</param>
/// <param name="Generation">The opening of the store that wrote it.</param>
/// <param name="Stable">What was stable when it was written.</param>
/// <param name="BlockBytes">Its size.</param>
/// <param name="PayloadBytes">Bytes of transactions in it.</param>
/// <param name="Continues">It goes on with a transaction of the block before.</param>
/// <param name="IsGood">Its checksum is right.</param>
/// <param name="IsNeeded">Recovery replays it; else it is older than the checkpoint, or was cut.</param>
public readonly record struct LoggedBlock(
    ulong Position, long OffsetBytes, ulong Generation, ulong Stable, uint BlockBytes, uint PayloadBytes, bool Continues, bool IsGood, bool IsNeeded);
