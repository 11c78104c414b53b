using Daos.Fabric.Store;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Targets;

/// <summary>
/// Aggregates the shards of one target, one after the other, whenever something in them is older than the commit age: in the request class
/// of garbage collection, with small slices and long pauses while clients want anything of the target, and larger slices when nobody does or
/// space is short. Owned by the target's xstream.
/// </summary>
internal sealed class TargetAggregation(EngineXstream target) : TimerNode
{
    private readonly ulong _ageUnits = (ulong)target.Engine.Options.AggregationAgeMs * 1_000_000 * HybridLogicalClock.UnitsPerNs;
    private readonly Func<long> _foregroundCount = () => ShardScrub.OperationsOf(target);
    private AggregationControl? _control;
    private PoolShard? _current;
    private bool _isStopped;

    /// <summary>Begins; the first round is one interval away.</summary>
    public void Start() => target.Xstream.Reactor.Timers.Arm(this, target.Xstream.NowNs + (target.Engine.Options.AggregationIntervalMs * 1_000_000L));

    /// <summary>No further round begins, and one under way ends at its next slice.</summary>
    public void Stop()
    {
        _isStopped = true;
        _control?.Cancel();
        if (IsArmed)
        {
            target.Xstream.Reactor.Timers.Disarm(this);
        }
    }

    /// <summary>A shard is about to close: a round in it ends at its next slice.</summary>
    public void Leave(PoolShard shard)
    {
        if (_current == shard)
        {
            _control!.Cancel();
        }
    }

    /// <inheritdoc/>
    protected override void Expire() => target.Xstream.Spawn(RunAsync());

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask RunAsync()
    {
        foreach (PoolShard shard in target.Shards.InOrder())
        {
            ulong physical = target.Engine.Hlc.Physical;
            var through = new Epoch(physical - Math.Min(physical, _ageUnits));
            if (!_isStopped && shard.Store.NeedsAggregation(through) && shard.Gate.TryEnter())
            {
                try
                {
                    await AggregateAsync(shard, through);
                }
                finally
                {
                    shard.Gate.Leave();
                }
            }
        }

        if (!_isStopped)
        {
            Start();
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask AggregateAsync(PoolShard shard, Epoch through)
    {
        _current = shard;
        _control = new AggregationControl { IsTight = shard.Store.IsShortOfSpace, ForegroundCount = _foregroundCount };
        DerCode code = await shard.Store.AggregateAsync(through, _control);
        _current = null;
        _control = null;
        if (code.IsError && code != DerCode.Canceled && code != DerCode.Shutdown && shard.Store.State.IsSuccess)
        {
            target.Engine.Log($"aggregation of pool {shard.Pool} on target {target.Target} ended with {code}; the next round tries again");
        }
    }
}
