using Daos.Fabric.Core.Time;

namespace Daos.Fabric.Core.Threading;

/// <summary>
/// A thread that owns state: an xstream of the engine, a client's progress thread, a benchmark job, or a turn of the simulator.
/// State that belongs to it is touched by no other thread, which is why nothing here takes a lock. The operating system's thread
/// is a detail: the simulator runs many owner threads on one.
/// </summary>
public abstract class OwnerThread
{
    [ThreadStatic]
    private static OwnerThread? t_current;

    private object?[] _pools = new object?[64];
    private volatile bool _hasEnded;

    /// <summary>Names the thread in logs and reports.</summary>
    protected OwnerThread(string name) => Name = name;

    /// <summary>The owner thread whose turn runs now on this operating system thread, or null on a foreign thread.</summary>
    public static OwnerThread? Current => t_current;

    /// <summary>For logs and reports.</summary>
    public string Name { get; }

    /// <summary>Time for this thread; <see cref="NowNs"/> is cheaper.</summary>
    public abstract IClock Clock { get; }

    /// <summary>Monotonic nanoseconds, read once per turn.</summary>
    public long NowNs { get; protected set; }

    /// <summary>The request class of the item that runs now; continuations inherit it.</summary>
    public byte CurrentClass { get; protected set; }

    /// <summary>True once no turn will run any more: what is posted now is never looked at. Any thread.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Queues an item for this or a later turn. Owner thread only.</summary>
    public abstract void Schedule(WorkItem item);

    /// <summary>Queues an item from any thread and wakes the owner; false when the bounded inbox is full.</summary>
    public abstract bool TryPost(WorkItem item);

    /// <summary>Told of an exception that nothing awaited. It must be counted and logged, never lost.</summary>
    public abstract void ReportUnhandled(Exception exception);

    /// <summary>
    /// Consumes a task that nobody awaits (the root of a ULT), so that its pooled state machine returns. Owner thread only.
    /// </summary>
    public void Spawn(ValueTask task)
    {
        Assert();
        if (task.IsCompletedSuccessfully)
        {
            task.GetAwaiter().GetResult();
            return;
        }

        UltRoot.Start(this, task);
    }

    /// <summary>In Checked builds throws when the caller does not run on this owner thread.</summary>
    [Conditional("CHECKED")]
    public void Assert()
    {
        if (!ReferenceEquals(t_current, this))
        {
            throw new InvalidOperationException($"state of owner thread '{Name}' touched from '{t_current?.Name ?? "a foreign thread"}'");
        }
    }

    /// <summary>Makes this the current owner thread until the scope ends. Loops and the simulator call it around a turn.</summary>
    public EnterScope Enter() => new(this);

    /// <summary>Says that the last turn ran; whoever waits for room in the inbox gives up. On the thread that ran it.</summary>
    protected void End() => _hasEnded = true;

    /// <summary>What a report names when the item runs too long (see <see cref="WorkItem.Subject"/>).</summary>
    protected static object SubjectOf(WorkItem item) => item.Subject;

    /// <summary>Runs one item with the item's class as current class.</summary>
    protected void Run(WorkItem item)
    {
        CurrentClass = item.SchedulingClass;
        item.Execute();
    }

    /// <summary>The object pool of one kind that belongs to this owner (see <see cref="OwnerPool{T}"/>).</summary>
    internal ref object? PoolSlot(int kind)
    {
        if (kind >= _pools.Length)
        {
            Array.Resize(ref _pools, Math.Max(kind + 1, _pools.Length * 2));
        }

        return ref _pools[kind];
    }

    /// <summary>Restores the former current owner thread when disposed.</summary>
    public readonly ref struct EnterScope
    {
        private readonly OwnerThread? _previous;

        internal EnterScope(OwnerThread owner)
        {
            _previous = t_current;
            t_current = owner;
        }

        /// <summary>Leaves the owner thread.</summary>
        public void Dispose() => t_current = _previous;
    }
}
