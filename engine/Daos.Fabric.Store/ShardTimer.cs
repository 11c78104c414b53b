using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store;

/// <summary>Calls its shard at a fixed period until disarmed. Owned by one owner thread.</summary>
internal sealed class ShardTimer(OwnerLoop loop, long periodNs, Action tick) : TimerNode
{
    internal void Start() => loop.Reactor.Timers.Arm(this, loop.NowNs + periodNs);

    internal void Stop()
    {
        if (IsArmed)
        {
            loop.Reactor.Timers.Disarm(this);
        }
    }

    /// <inheritdoc/>
    protected override void Expire()
    {
        Start();
        tick();
    }
}
