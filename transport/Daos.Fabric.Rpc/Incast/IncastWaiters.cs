namespace Daos.Fabric.Rpc.Incast;

/// <summary>Operations that wait for one thing to happen: a fetch of the same key to return, or the group to change. Owned by one loop.</summary>
internal sealed class IncastWaiters
{
    private readonly List<IncastWait> _waiting = [];

    internal int Count => _waiting.Count;

    /// <summary>How it ended, for those who waited.</summary>
    internal DerCode Code { get; set; }

    /// <summary>Completes with true when it happened, with false at the time given.</summary>
    internal ValueTask<bool> WaitAsync(OwnerLoop loop, long untilNs)
    {
        var wait = new IncastWait(this, loop);
        _waiting.Add(wait);
        return wait.Start(untilNs);
    }

    internal void Release()
    {
        IncastWait[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (IncastWait wait in waiting)
        {
            wait.End(true);
        }
    }

    internal void Remove(IncastWait wait) => _waiting.Remove(wait);
}
