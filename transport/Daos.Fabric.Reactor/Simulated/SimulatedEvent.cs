namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// Something that the world does at a point of virtual time. An event is scheduled at most once at a time; scheduling it again or
/// revoking it makes the earlier entry void. Owned by the simulator's thread.
/// </summary>
internal abstract class SimulatedEvent
{
    /// <summary>Entries in the queue with another number are void.</summary>
    internal int Generation { get; private set; }

    /// <summary>True from scheduling until it fires or is revoked.</summary>
    internal bool IsScheduled { get; private set; }

    /// <summary>Does what the event stands for.</summary>
    protected internal abstract void Fire();

    internal void MarkScheduled()
    {
        Generation++;
        IsScheduled = true;
    }

    internal void Revoke()
    {
        Generation++;
        IsScheduled = false;
    }
}

/// <summary>Runs a test's own step at a point of virtual time.</summary>
internal sealed class ScriptedEvent(Action action) : SimulatedEvent
{
    protected internal override void Fire() => action();
}
