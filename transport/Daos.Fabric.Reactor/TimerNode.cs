namespace Daos.Fabric.Reactor;

/// <summary>
/// A timer: derive, arm in a <see cref="TimerWheel"/>, reuse. The node is its own list entry, so that arming allocates nothing. Owned by
/// one owner thread.
/// </summary>
public abstract class TimerNode
{
    internal TimerNode? Previous;
    internal TimerNode? Next;
    internal int Bucket = -1;

    /// <summary>Monotonic nanoseconds at which it is due.</summary>
    public long DueNs { get; internal set; }

    /// <summary>True while armed.</summary>
    public bool IsArmed => Bucket >= 0;

    /// <summary>Called on the owner thread once due; the node is disarmed and may be armed again.</summary>
    protected internal abstract void Expire();
}
