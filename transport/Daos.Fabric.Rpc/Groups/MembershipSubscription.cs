namespace Daos.Fabric.Rpc.Groups;

/// <summary>
/// One subscriber to membership events: they come in order, on the subscriber's owner thread. Events are queued from any thread; the rest
/// belongs to the subscriber's thread.
/// </summary>
public sealed class MembershipSubscription : WorkItem, IDisposable
{
    private readonly PrimaryGroup _group;
    private readonly OwnerThread _owner;
    private readonly Action<MembershipEvent> _deliver;
    private readonly BoundedQueue<MembershipEvent> _events = new(GroupLimits.EventsMax);
    private int _posted;
    private int _missed;
    private int _disposed;

    internal MembershipSubscription(PrimaryGroup group, OwnerThread owner, Action<MembershipEvent> deliver)
    {
        _group = group;
        _owner = owner;
        _deliver = deliver;
    }

    /// <summary>No further events; any thread. One that is being delivered on the subscriber's thread ends first.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _group.Remove(this);
        }
    }

    internal void Enqueue(MembershipEvent membership)
    {
        if (!_events.TryEnqueue(membership))
        {
            Volatile.Write(ref _missed, 1);
        }

        Post();
    }

    /// <summary>Posts what could not be posted because the owner's inbox was full.</summary>
    internal void Repost()
    {
        if (!_events.IsEmpty || Volatile.Read(ref _missed) != 0)
        {
            Post();
        }
    }

    /// <inheritdoc/>
    protected override void Execute()
    {
        // Open for the next post first: an event that is queued from here on posts again or is seen below.
        Interlocked.Exchange(ref _posted, 0);
        while (_events.TryDequeue(out MembershipEvent? membership))
        {
            Deliver(membership);
        }

        if (Interlocked.Exchange(ref _missed, 0) != 0)
        {
            Deliver(new MembershipEvent(Rank.None, 0, MembershipSource.GroupModification, MembershipKind.Missed, _group.Ranks.Version));
        }
    }

    private void Deliver(MembershipEvent membership)
    {
        if (Volatile.Read(ref _disposed) == 0)
        {
            _deliver(membership);
        }
    }

    private void Post()
    {
        if (Interlocked.Exchange(ref _posted, 1) == 0 && !_owner.TryPost(this))
        {
            Volatile.Write(ref _posted, 0);
        }
    }
}
