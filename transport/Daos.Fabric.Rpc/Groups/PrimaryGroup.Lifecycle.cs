namespace Daos.Fabric.Rpc.Groups;

/// <content>Subscribers come and go at start-up and shutdown, on several threads.</content>
public sealed partial class PrimaryGroup
{
    private readonly Lock _changes = new();

    /// <summary>
    /// Subscribes; start-up and shutdown only. Events that come from now on are delivered in order on the owner thread given.
    /// </summary>
    /// <exception cref="DaosException">DER_AGAIN: <see cref="GroupLimits.SubscribersMax"/> are subscribed.</exception>
    public MembershipSubscription Subscribe(OwnerThread owner, Action<MembershipEvent> deliver)
    {
        var subscription = new MembershipSubscription(this, owner, deliver);
        lock (_changes)
        {
            if (_subscriptions.Length == GroupLimits.SubscribersMax)
            {
                throw new DaosException(DerCode.Again, "subscribe to membership", Name, $"{GroupLimits.SubscribersMax} are subscribed");
            }

            Volatile.Write(ref _subscriptions, [.. _subscriptions, subscription]);
        }

        return subscription;
    }

    internal void Remove(MembershipSubscription subscription)
    {
        lock (_changes)
        {
            Volatile.Write(ref _subscriptions, [.. _subscriptions.Where(s => s != subscription)]);
        }
    }
}
