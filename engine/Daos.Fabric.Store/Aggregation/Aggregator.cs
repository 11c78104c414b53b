using Daos.Fabric.Store.Containers;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Reclaim;

namespace Daos.Fabric.Store.Aggregation;

/// <summary>
/// Goes through old versions while there is time (DAOS: vos_aggregate): takes away what no epoch that stays readable shows, and puts the
/// extents of arrays together. Slices with credits, a pause after each; between two slices anything may change. One way through at a
/// time. Owned by one xstream.
/// </summary>
internal sealed class Aggregator
{
    private readonly ObjectStore _store;
    private readonly StepBudget _budget;
    private readonly RecordFreer _freer;
    private readonly MergeScan _scan;
    private readonly ContainerTrimmer _trimmer;
    private readonly ContainerPass _pass;
    private readonly ExtentMerger _merger;
    private readonly Func<ContainerId, bool> _exists;
    private long _passes;
    private long _settled;

    /// <param name="store">Whose versions.</param>
    public Aggregator(ObjectStore store)
    {
        _store = store;
        _budget = new StepBudget(store.Memory.Transaction, store.Shard.Log.TransactionBytesMax);
        _freer = new RecordFreer(store.Memory, store.Shard.DataSpace, _budget);
        _scan = new MergeScan(store, _budget);
        _trimmer = new ContainerTrimmer(store, _freer, _budget, _scan);
        _pass = new ContainerPass(store, _trimmer);
        _merger = new ExtentMerger(store, _freer);
        _exists = id => store.Containers.Find(id) != 0;
    }

    /// <summary>True while a way through is under way.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Figures.</summary>
    public AggregationStatistics Statistics => new(
        _passes,
        _freer.FreedCount,
        _merger.MergedExtents,
        _merger.Merges,
        _merger.MergedBytes,
        _merger.MovedBytes,
        _merger.Skipped,
        _merger.ChecksumErrors,
        _settled);

    /// <summary>See <see cref="StoreShard.AggregateAsync(Epoch, AggregationControl)"/>.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> RunAllAsync(ulong through, AggregationControl control)
    {
        if (IsRunning)
        {
            return DerCode.Busy;
        }

        IsRunning = true;
        ulong bound = _store.AggregationBound(through);
        _store.Activity.Begin(bound, _store.HighestEpoch);
        DerCode code = await _store.PauseAsync(control);
        Guid? id = Guid.Empty;
        while (code.IsSuccess && TryNext(ref id, out ContainerId container))
        {
            if (_store.Activity.Containers.IsSettled(container))
            {
                _settled++;
            }
            else
            {
                code = await WalkAsync(container, bound, control);
            }
        }

        IsRunning = false;
        if (code.IsSuccess)
        {
            _passes++;
            _store.Activity.Containers.Prune(_exists);
        }
        else
        {
            _store.Activity.GaveUp();
        }

        return code;
    }

    /// <summary>See <see cref="StoreShard.AggregateAsync(ContainerId, Epoch, AggregationControl)"/>.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> RunAsync(ContainerId container, ulong through, AggregationControl control)
    {
        if (IsRunning)
        {
            return DerCode.Busy;
        }

        if (_store.Containers.Find(container) == 0)
        {
            return DerCode.ContNonexist;
        }

        IsRunning = true;
        DerCode code = await _store.PauseAsync(control);
        code = code.IsSuccess ? await WalkAsync(container, _store.AggregationBound(through), control) : code;
        IsRunning = false;
        return code;
    }

    /// <summary>Frees its memory; nothing may be under way.</summary>
    public void Dispose() => _merger.Dispose();

    // The first one at or after an id, which becomes the one behind it, null behind the very last there can be.
    private bool TryNext(ref Guid? id, out ContainerId container)
    {
        container = default;
        ulong record = id is { } from ? _store.Containers.AtLeast(from) : 0;
        if (record == 0)
        {
            return false;
        }

        container = _store.Containers.IdOf(record);
        Guid after = ContainerTable.After(container.Value);
        id = after == Guid.Empty ? null : after;
        return true;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WalkAsync(ContainerId container, ulong bound, AggregationControl control)
    {
        _pass.Begin(bound);
        _store.Activity.Containers.Began(container);
        long skipped = _merger.Skipped;
        int merges = 0;
        while (true)
        {
            DerCode code = Slice(container, control, out bool done);
            if (done && _merger.Skipped == skipped)
            {
                // A merge that was given up is tried again.
                _store.Activity.Containers.Ended(container, bound);
            }

            if (done || (code.IsError && code != DerCode.Again))
            {
                return code;
            }

            if (code == DerCode.Again)
            {
                code = await _store.Shard.AdmitAsync();
            }
            else if (_trimmer.WantsMerge)
            {
                long before = _merger.Merges;
                code = await _merger.MergeAsync(container, _trimmer, _scan.Run, _pass.Window);
                _trimmer.Merged(_merger.Merges > before);
                merges++;
            }

            int mergesMax = control.Pace.IsTight(control.IsTight) ? AggregationLimits.TightMerges : AggregationLimits.SlackMerges;
            if (code.IsSuccess && (merges == 0 || merges >= mergesMax))
            {
                merges = 0;
                code = await _store.PauseAsync(control);
            }

            if (code.IsError)
            {
                return code;
            }
        }
    }

    private DerCode Slice(ContainerId container, AggregationControl control, out bool done)
    {
        DerCode code = _store.BeginStep(container, _budget, control, out ulong record);
        done = code.IsSuccess && (record == 0 || _pass.Step(record));
        if (record != 0)
        {
            _store.EndStep(out _);
        }

        return code;
    }
}
