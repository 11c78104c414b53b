namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>Limits of the transaction tables, each with its reason.</summary>
internal static class TransactionLimits
{
    /// <summary>Undecided transactions of a shard (DER_OVERLOAD_RETRY above it): 5 MB of slots. DAOS has 2^20 per container.</summary>
    public const uint OpenMax = 1 << 16;

    /// <summary>Operations of one transaction: minor epochs have 16 bits, and 0 is for operations that stand alone.</summary>
    public const int OperationsMax = ushort.MaxValue - 1;

    /// <summary>Bytes of the participants: one block of the arena holds them.</summary>
    public const int ParticipantBytesMax = 48 << 10;

    /// <summary>Transactions named to an operation that must wait (DAOS: DTX_REFRESH_MAX).</summary>
    public const int BlockingMax = 4;

    /// <summary>Aborted transactions that are remembered as such.</summary>
    public const int AbortedMax = 1024;

    /// <summary>Committed transactions of a container before the oldest are forgotten (DAOS: 7 * 2^19).</summary>
    public const int CommittedCountDefault = 7 << 19;

    /// <summary>After so long a committed transaction may be forgotten (DAOS: 630 s), in milliseconds.</summary>
    public const int CommittedAgeMsDefault = 630_000;
}
