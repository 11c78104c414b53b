using Daos.Fabric.Store.Containers;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Reclaim;

namespace Daos.Fabric.Store.Aggregation;

/// <summary>Drives discards (DAOS: vos_discard), one at a time, in slices. Owned by one xstream.</summary>
internal sealed class Discarder
{
    private readonly ObjectStore _store;
    private readonly StepBudget _budget;
    private readonly ContainerDiscarder _walk;

    /// <param name="store">Whose versions.</param>
    public Discarder(ObjectStore store)
    {
        _store = store;
        _budget = new StepBudget(store.Memory.Transaction, store.Shard.Log.TransactionBytesMax);
        _walk = new ContainerDiscarder(store, new RecordFreer(store.Memory, store.Shard.DataSpace, _budget), _budget);
    }

    /// <summary>Nothing above it may be aggregated now: versions there are to be taken back one by one.</summary>
    public ulong Below { get; private set; } = ulong.MaxValue;

    /// <summary>See <see cref="StoreShard.DiscardAsync"/>.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> RunAsync(DiscardScope scope, AggregationControl control)
    {
        DerCode code = Check(in scope, out ulong below);
        if (code.IsError)
        {
            return code;
        }

        Below = below;
        code = scope.Container is { } only ? await WalkAsync(only, scope, control) : await WalkAllAsync(scope, control);
        Below = ulong.MaxValue;
        return code.IsSuccess ? await _store.Shard.WaitStableAsync(_store.Shard.AppendedPosition) : code;
    }

    // With a range that starts at 0 nothing older is left that a merge could mix in, but what is newer must stay apart.
    private DerCode Check(in DiscardScope scope, out ulong below)
    {
        below = scope.First == 0 ? scope.Last : scope.First - 1;
        if (scope.First > scope.Last || (scope.Container is null && scope.Object is not null))
        {
            return DerCode.Invalid;
        }

        if (Below != ulong.MaxValue)
        {
            return DerCode.Busy;
        }

        if (_store.Unstable.Open.HasFrom(scope.First))
        {
            return DerCode.TxBusy;
        }

        if (scope.Container is { } only)
        {
            ulong record = _store.Containers.Find(only);
            return record == 0 ? DerCode.ContNonexist : CheckAge(record, in scope);
        }

        for (ulong record = _store.Containers.AtLeast(Guid.Empty); record != 0; record = Behind(record))
        {
            if (CheckAge(record, in scope).IsError)
            {
                return DerCode.EpochOld;
            }
        }

        return DerCode.Success;
    }

    private ulong Behind(ulong record)
    {
        Guid after = ContainerTable.After(_store.Containers.IdOf(record).Value);
        return after == Guid.Empty ? 0 : _store.Containers.AtLeast(after);
    }

    private unsafe DerCode CheckAge(ulong record, in DiscardScope scope)
    {
        ulong aggregated = _store.Memory.Read<ContainerDf>(record)->AggregatedEpoch;
        bool isApart = scope.First > aggregated || (scope.First == 0 && scope.Last >= aggregated);
        return isApart ? DerCode.Success : DerCode.EpochOld;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WalkAllAsync(DiscardScope scope, AggregationControl control)
    {
        DerCode code = DerCode.Success;
        Guid next = Guid.Empty;
        bool isLast = false;
        while (code.IsSuccess && !isLast && _store.Containers.AtLeast(next) is not 0 and var record)
        {
            ContainerId id = _store.Containers.IdOf(record);
            next = ContainerTable.After(id.Value);
            isLast = next == Guid.Empty;
            code = await WalkAsync(id, scope, control);
        }

        return code;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WalkAsync(ContainerId container, DiscardScope scope, AggregationControl control)
    {
        _walk.Begin(scope.First, scope.Last, scope.Object);
        _store.Activity.Containers.Reopen(container);
        while (true)
        {
            DerCode code = await _store.PauseAsync(control);
            bool done = code.IsError;
            code = done ? code : Slice(container, control, out done);
            if (code == DerCode.Again)
            {
                code = await _store.Shard.AdmitAsync();
            }

            if (done || code.IsError)
            {
                return code;
            }
        }
    }

    private DerCode Slice(ContainerId container, AggregationControl control, out bool done)
    {
        DerCode code = _store.BeginStep(container, _budget, control, out ulong record);
        done = code.IsSuccess && (record == 0 || _walk.Step(record));
        if (record == 0)
        {
            return code;
        }

        if (_walk.Failure.IsError)
        {
            done = true;
            _store.AbortTransaction();
            return _walk.Failure;
        }

        _store.EndStep(out _);
        return DerCode.Success;
    }
}
