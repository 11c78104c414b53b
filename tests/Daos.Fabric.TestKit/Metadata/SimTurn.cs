namespace Daos.Fabric.TestKit.Metadata;

/// <summary>Runs something in a later turn of a loop; nothing when its process has died.</summary>
public sealed class SimTurn : WorkItem
{
    private readonly Action _action;

    private SimTurn(Action action) => _action = action;

    /// <summary>Puts it into the loop's inbox.</summary>
    public static void Post(OwnerLoop loop, Action action) => Invariant.Check(loop.TryPost(new SimTurn(action)));

    /// <inheritdoc/>
    protected internal override void Execute() => _action();
}
