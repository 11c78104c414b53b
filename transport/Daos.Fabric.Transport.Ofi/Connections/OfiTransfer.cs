using Daos.Fabric.Transport.Ofi.Memory;

namespace Daos.Fabric.Transport.Ofi.Connections;

/// <summary>
/// A one-sided transfer that this side started: it waits for its lease, then moves in pieces. Owned by one owner thread; from its pool.
/// </summary>
internal sealed unsafe class OfiTransfer : PooledOperation<DerCode>
{
    private readonly OwnerPool<OfiTransfer> _pool;

    private OfiTransfer(OwnerPool<OfiTransfer> pool) => _pool = pool;

    internal OfiConnection Connection { get; private set; } = null!;

    /// <summary>True for a read.</summary>
    internal bool IsRead { get; private set; }

    /// <summary>The lease that it waits for or uses.</summary>
    internal RemoteLease Lease { get; set; } = null!;

    /// <summary>Where the transfer begins in the peer's memory.</summary>
    internal long OffsetBytes { get; private set; }

    /// <summary>Local memory.</summary>
    internal byte* Local { get; private set; }

    /// <summary>Bytes of the transfer.</summary>
    internal int LengthBytes { get; private set; }

    /// <summary>Bytes whose pieces were started.</summary>
    internal int StartedBytes { get; set; }

    /// <summary>Pieces under way.</summary>
    internal int Pieces { get; set; }

    /// <summary>The first failure.</summary>
    internal DerCode Outcome { get; set; }

    /// <summary>The local memory as the provider knows it.</summary>
    internal LocalRegistration Registration { get; set; }

    /// <summary>Position among the transfers that run.</summary>
    internal int Index { get; set; }

    /// <summary>True while the provider refused a piece of it.</summary>
    internal bool IsStuck { get; set; }

    /// <summary>Next in the queue that it stands in.</summary>
    internal OfiTransfer? Next { get; set; }

    internal static OfiTransfer Rent(OfiConnection connection, OwnerThread owner, bool read, long offsetBytes, byte* local, int lengthBytes)
    {
        OwnerPool<OfiTransfer> pool = OwnerPool<OfiTransfer>.Of(owner);
        OfiTransfer transfer = pool.TryRent() ?? new OfiTransfer(pool);
        transfer.Begin(owner);
        transfer.Connection = connection;
        transfer.IsRead = read;
        transfer.OffsetBytes = offsetBytes;
        transfer.Local = local;
        transfer.LengthBytes = lengthBytes;
        transfer.StartedBytes = 0;
        transfer.Pieces = 0;
        transfer.Outcome = DerCode.Success;
        transfer.Registration = default;
        transfer.IsStuck = false;
        transfer.Next = null;
        return transfer;
    }

    /// <summary>Ends it; the local memory is the caller's again.</summary>
    internal void Finish(DerCode code) => Complete(code);

    protected override void Release() => _pool.Return(this);
}
