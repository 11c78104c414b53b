namespace Daos.Fabric.TestKit.Metadata;

/// <summary>Waits in virtual time, and goes on in a turn of a loop.</summary>
public static class SimDelay
{
    /// <summary>What sessions in a simulation wait with.</summary>
    public static Func<long, CancellationToken, Task> On(SimulatedWorld world, OwnerLoop loop) => (delayNs, _) =>
    {
        var done = new TaskCompletionSource();
        world.After(delayNs, () => SimTurn.Post(loop, done.SetResult));
        return done.Task;
    };
}
