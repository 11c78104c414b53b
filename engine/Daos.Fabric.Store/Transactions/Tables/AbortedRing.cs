using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>The transactions aborted last, for whoever asks. Memory only. Owned by one xstream.</summary>
internal sealed class AbortedRing
{
    private readonly (ulong Container, TransactionId Id)[] _ids = new (ulong, TransactionId)[TransactionLimits.AbortedMax];
    private int _next;

    /// <summary>Notes one.</summary>
    public void Add(ulong container, TransactionId id)
    {
        _ids[_next] = (container, id);
        _next = (_next + 1) % _ids.Length;
    }

    /// <summary>True when it was aborted lately.</summary>
    public bool Contains(ulong container, TransactionId id) => Array.IndexOf(_ids, (container, id)) >= 0;
}
