namespace Daos.Fabric.Core.Threading;

/// <summary>
/// Something an owner thread runs once: a continuation, a posted call, a timer's effect. The item is its own queue node, so that
/// queueing allocates nothing; it may stand in one queue at a time.
/// </summary>
public abstract class WorkItem
{
    internal WorkItem? NextWork;

    /// <summary>The request class under which a scheduler queues this item; 0 where classes mean nothing.</summary>
    public byte SchedulingClass { get; set; }

    /// <summary>
    /// What a report names when this item ran too long: the item, or what it is about to continue. Asked before it runs, so it must cost
    /// nothing.
    /// </summary>
    protected internal virtual object Subject => this;

    /// <summary>Runs on the owner thread that the item was queued to. Must not block.</summary>
    protected internal abstract void Execute();
}
