namespace Daos.Fabric.Rpc.Collectives;

/// <summary>Waits for the end of several ULTs, such as calls to the children. Owned by one loop; used again after each wait.</summary>
internal sealed class CollectiveJoin : PooledOperation<int>
{
    private int _left;

    /// <summary>Begins to count; who waits calls <see cref="Arrive"/> too, and then awaits the task.</summary>
    internal void Start(OwnerThread owner, int count)
    {
        _left = count + 1;
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
