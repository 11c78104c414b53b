using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Targets;

/// <summary>
/// What a target does now and then: forgets clients that have been silent for longer than any of their calls may last, since a shard keeps
/// results for a limited number of clients, and tells the scheduler how short of space the target is. Owned by the target's xstream.
/// </summary>
internal sealed class TargetUpkeep(EngineXstream target) : TimerNode
{
    private bool _isStopped;
    private bool _isRunning;

    /// <summary>Begins; the first round is one interval away.</summary>
    public void Start() => target.Xstream.Reactor.Timers.Arm(this, target.Xstream.NowNs + Limits.UpkeepIntervalNs);

    /// <summary>No further round begins; one under way is inside the gates of its shards.</summary>
    public void Stop()
    {
        _isStopped = true;
        target.Xstream.Reactor.Timers.Disarm(this);
    }

    /// <inheritdoc/>
    protected override void Expire()
    {
        if (!_isRunning)
        {
            _isRunning = true;
            target.Xstream.Spawn(RunAsync());
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask RunAsync()
    {
        foreach (PoolShard shard in target.Shards.InOrder())
        {
            if (!_isStopped && shard.Gate.TryEnter())
            {
                try
                {
                    await EvictSilentClientsAsync(shard.Store);
                }
                finally
                {
                    shard.Gate.Leave();
                }
            }
        }

        ShardPressure.Apply(target);
        _isRunning = false;
        if (!_isStopped)
        {
            Start();
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask EvictSilentClientsAsync(StoreShard store)
    {
        ulong physical = target.Engine.Hlc.Physical;
        if (physical <= Limits.ClientSilenceUnits)
        {
            return;
        }

        var since = new Epoch(physical - Limits.ClientSilenceUnits);
        for (int i = 0; i < Limits.EvictionsPerRound; i++)
        {
            Guid client = store.FirstClientIdleSince(since);
            if (client == Guid.Empty || (await store.AdmitAsync()).IsError)
            {
                return;
            }

            // DER_AGAIN and failures are met again in the next round; nothing depends on this one.
            if (store.EvictClient(client, out _).IsError)
            {
                return;
            }
        }
    }
}
