using Daos.Fabric.Core.Time;
using Daos.Fabric.Store.Containers;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Reclaim;

/// <summary>
/// Brings space back when it runs short, in steps: first what destroyed containers held, then, in passes over all containers, what only
/// reads older than the history window could see. Each step is one local transaction. What has time, and puts extents together, is the
/// <see cref="Aggregation.Aggregator"/>; both walk the same way (<see cref="ContainerPass"/>). Owned by one xstream.
/// </summary>
internal sealed unsafe class Reclaimer
{
    private readonly ObjectStore _store;
    private readonly StepBudget _budget;
    private readonly ContainerPass _pass;
    private readonly ContainerEraser _eraser;
    private readonly RecordFreer _freer;
    private Guid _container;
    private ulong _bound;
    private bool _isInPass;
    private bool _urgent;
    private bool _isInContainer;

    /// <param name="store">Whose space.</param>
    public Reclaimer(ObjectStore store)
    {
        _store = store;
        _budget = new StepBudget(store.Memory.Transaction, store.Shard.Log.TransactionBytesMax);
        _freer = new RecordFreer(store.Memory, store.Shard.DataSpace, _budget);
        _pass = new ContainerPass(store, new ContainerTrimmer(store, _freer, _budget));
        _eraser = new ContainerEraser(store, _freer, _budget);
    }

    /// <summary>Records freed since the shard was opened.</summary>
    public long FreedCount => _freer.FreedCount;

    /// <summary>True when a destroyed container waits to be freed.</summary>
    public bool HasDestroyed => _store.Containers.FirstDestroyed() != 0;

    /// <summary>The next step starts a new pass, for which there is no history window.</summary>
    public void BeginUrgentPass()
    {
        _isInPass = false;
        _urgent = true;
    }

    /// <summary>
    /// Does one step. <paramref name="more"/> is false at the end of a pass. DER_AGAIN: nothing was done, await the shard's admission;
    /// DER_IO, DER_SHUTDOWN.
    /// </summary>
    public DerCode Step(int records, out bool more, out LogPosition position)
    {
        more = true;
        position = default;
        DerCode code = _store.BeginTransaction(freesSpace: true);
        if (code.IsError)
        {
            return code;
        }

        _budget.Begin(records);
        ulong destroyed = _store.Containers.FirstDestroyed();
        if (destroyed != 0)
        {
            _eraser.Step(destroyed);
        }
        else
        {
            more = StepPass();
        }

        _store.EndStep(out position);
        return DerCode.Success;
    }

    // False at the end of the pass.
    private bool StepPass()
    {
        if (!_isInPass)
        {
            _bound = Bound(_urgent || _store.Shard.IsVeryShortOfSpace ? 0 : _store.Shard.Options.HistoryWindowMs);
            _urgent = false;
            _container = Guid.Empty;
            _isInContainer = false;
            _isInPass = true;
        }

        ulong container = _store.Containers.AtLeast(_container);
        if (container == 0)
        {
            _isInPass = false;
            return false;
        }

        Guid id = _store.Containers.IdOf(container).Value;
        if (!_isInContainer || id != _container)
        {
            _container = id;
            _isInContainer = true;
            _pass.Begin(_bound);
        }

        if (_pass.Step(container))
        {
            _isInContainer = false;
            _container = ContainerTable.After(id);
            if (_container == Guid.Empty)
            {
                _isInPass = false;
                return false;
            }
        }

        return true;
    }

    // Older than the history window, and stable.
    private ulong Bound(int windowMs)
    {
        HybridLogicalClock hlc = _store.Shard.Options.Hlc;
        ulong window = (ulong)windowMs * 1_000_000 * HybridLogicalClock.UnitsPerNs;
        ulong now = Math.Max(hlc.Physical, hlc.Last);
        return _store.AggregationBound(now - Math.Min(now, window));
    }
}
