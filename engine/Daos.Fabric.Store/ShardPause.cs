using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store;

/// <summary>A short wait: of a closing shard for I/O that is under way, of background work between two slices. Pooled per owner thread.</summary>
internal sealed class ShardPause : PooledOperation<bool>
{
    private const long PauseNs = 50_000;

    private readonly OwnerPool<ShardPause> _pool;
    private readonly Alarm _alarm;
    private byte? _schedulingClass;

    private ShardPause(OwnerPool<ShardPause> pool)
    {
        _pool = pool;
        _alarm = new Alarm(this);
    }

    internal static ValueTask<bool> WaitAsync(OwnerLoop loop) => WaitAsync(loop, PauseNs, null);

    /// <summary>Waits, and goes on in a request class, which everything that is awaited afterwards inherits.</summary>
    internal static ValueTask<bool> WaitAsync(OwnerLoop loop, long pauseNs, byte? schedulingClass)
    {
        OwnerPool<ShardPause> pool = OwnerPool<ShardPause>.Of(loop);
        ShardPause pause = pool.Rent(pool, static home => new ShardPause(home));
        pause.Begin(loop);
        pause._schedulingClass = schedulingClass;
        loop.Reactor.Timers.Arm(pause._alarm, loop.NowNs + pauseNs);
        return pause.Task;
    }

    /// <inheritdoc/>
    protected override void Release() => _pool.Return(this);

    private sealed class Alarm(ShardPause pause) : TimerNode
    {
        protected override void Expire()
        {
            pause.SchedulingClass = pause._schedulingClass ?? pause.SchedulingClass;
            pause.Complete(true);
        }
    }
}
