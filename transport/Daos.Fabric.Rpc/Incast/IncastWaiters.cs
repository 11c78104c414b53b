namespace Daos.Fabric.Rpc.Incast;

/// <summary>Operations that wait for one thing to happen: a fetch of the same key to return, or the group to change. Owned by one loop.</summary>
internal sealed class IncastWaiters
{
    private readonly List<IncastWait> _waiting = [];

    internal int Count => _waiting.Count;

    /// <summary>Completes with the code of <see cref="Release"/> when it happened, with DER_TIMEDOUT at the time given.</summary>
    internal ValueTask<DerCode> WaitAsync(OwnerLoop loop, long untilNs)
    {
        IncastWait wait = IncastWait.Rent(loop);
        _waiting.Add(wait);
        return wait.Start(this, untilNs);
    }

    /// <summary>It happened; who waited goes on later in this turn, and does not look here any more.</summary>
    internal void Release(DerCode code)
    {
        foreach (IncastWait wait in _waiting)
        {
            wait.End(code);
        }

        _waiting.Clear();
    }

    internal void Remove(IncastWait wait) => _waiting.Remove(wait);
}
