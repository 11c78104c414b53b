using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Engines;

/// <summary>
/// Visits the loops that carry the SDK's calls and sums what their threads have allocated, without allocating anything there. Owned by
/// the job's loop, which starts a count and awaits it; one count at a time.
/// </summary>
internal sealed class AllocationProbe : PooledOperation<long>
{
    private readonly OwnerLoop _home;
    private readonly Visit[] _visits;
    private int _away;

    internal AllocationProbe(OwnerLoop home, IEnumerable<OwnerLoop> loops)
    {
        _home = home;
        _visits = [.. loops.Select(loop => new Visit(this, loop))];
    }

    /// <summary>Managed bytes that the loops' threads have allocated since they started, each thread counted once.</summary>
    internal ValueTask<long> CountAsync()
    {
        Begin(_home);
        _away = _visits.Length;
        foreach (Visit visit in _visits)
        {
            visit.Send();
        }

        return Task;
    }

    protected override void Release()
    {
    }

    private void CameHome()
    {
        if (--_away == 0)
        {
            Complete(Sum());
        }
    }

    // Several loops may share one thread.
    private long Sum()
    {
        long bytes = 0;
        for (int i = 0; i < _visits.Length; i++)
        {
            bool isFirst = true;
            for (int other = 0; other < i; other++)
            {
                isFirst &= _visits[other].ThreadId != _visits[i].ThreadId;
            }

            bytes += isFirst ? _visits[i].AllocatedBytes : 0;
        }

        return bytes;
    }

    /// <summary>The way to one loop and back. An inbox that is full is asked again in the next turn.</summary>
    private sealed class Visit
    {
        private readonly AllocationProbe _probe;
        private readonly OwnerLoop _loop;
        private readonly Hop _there;
        private readonly Hop _back;
        private readonly Hop _again;

        internal Visit(AllocationProbe probe, OwnerLoop loop)
        {
            _probe = probe;
            _loop = loop;
            _there = new Hop(Note);
            _back = new Hop(probe.CameHome);
            _again = new Hop(Send);
        }

        internal int ThreadId { get; private set; }

        internal long AllocatedBytes { get; private set; }

        internal void Send()
        {
            if (!_loop.TryPost(_there))
            {
                _probe._home.Schedule(_again);
            }
        }

        private void Note()
        {
            ThreadId = Environment.CurrentManagedThreadId;
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread();
            if (!_probe._home.TryPost(_back))
            {
                _loop.Schedule(_there);
            }
        }
    }

    private sealed class Hop(Action arrive) : WorkItem
    {
        protected override void Execute() => arrive();
    }
}
