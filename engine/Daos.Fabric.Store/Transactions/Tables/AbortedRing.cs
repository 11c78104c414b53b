using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>The transactions aborted last, for whoever asks. Memory only. Owned by one xstream.</summary>
internal sealed class AbortedRing
{
    private readonly TransactionId[] _ids = new TransactionId[TransactionLimits.AbortedMax];
    private int _next;

    /// <summary>Notes one.</summary>
    public void Add(TransactionId id)
    {
        _ids[_next] = id;
        _next = (_next + 1) % _ids.Length;
    }

    /// <summary>True when it was aborted lately.</summary>
    public bool Contains(TransactionId id) => Array.IndexOf(_ids, id) >= 0;
}
