namespace Daos.Fabric.Rpc.Collectives;

/// <summary>Waits for the answers of the children. Owned by the service's loop.</summary>
internal sealed class CollectiveJoin : PooledOperation<int>
{
    private int _left;

    internal CollectiveJoin(OwnerThread owner, int children)
    {
        _left = children + 1;
        Begin(owner);
    }

    /// <summary>One more came; the last call, of who waits, counts too.</summary>
    internal void Arrive()
    {
        _left--;
        if (_left == 0)
        {
            Complete(0);
        }
    }

    protected override void Release()
    {
    }
}
