namespace Daos.Fabric.Reactor;

/// <summary>
/// A source of work that no descriptor tells of: rings in shared memory, completion queues of a device. The loop asks it every turn and,
/// before it blocks, has it see to it that new work wakes the loop. Called on the owner thread.
/// </summary>
public interface ILoopPoller
{
    /// <summary>
    /// Takes what is there within a budget of its own and returns how many items it took. Called once per turn, before ready items run.
    /// </summary>
    int Poll();

    /// <summary>
    /// The loop is about to block: from now on new work must wake it, through a descriptor that its reactor watches. False when there is
    /// work already, and the loop goes on instead. What was announced holds until the poller takes it back by itself.
    /// </summary>
    bool PrepareToWait();
}
