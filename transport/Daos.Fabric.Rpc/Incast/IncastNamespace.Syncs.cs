using Daos.Fabric.Rpc.Collectives;

namespace Daos.Fabric.Rpc.Incast;

/// <content>The root tells the others: eagerly, or lazily one after the other.</content>
public sealed partial class IncastNamespace
{
    private readonly CollectiveCall _syncAll;
    private readonly CollectiveCall _syncOthers;
    private readonly Queue<IncastLazySync> _lazy = new();
    private readonly Stack<IncastLazySync> _idleLazy = new();
    private readonly Dictionary<IncastKey, IncastLazySync> _replaceable = [];
    private bool _lazyRuns;

    /// <summary>Lazy synchronisations that wait now.</summary>
    public int LazyWaiting => _lazy.Count;

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> SyncAsync(IIncastClass kind, IncastMessage message, long deadlineNs)
    {
        if (message.Sync.Mode == IncastSyncMode.None)
        {
            return DerCode.Success;
        }

        IncastMessage told = message.Sync.Event == IncastSyncEvent.Notify ? message with { Value = null } : message;
        if (message.Sync.Mode == IncastSyncMode.Lazy && _lazy.Count < IncastLimits.LazyMax)
        {
            AddLazy(kind, told);
            return DerCode.Success;
        }

        IncastWork work = _service.RentWork();
        work.Write(told);
        DerCode code = await SyncOnceAsync(_syncOthers, work.Message, deadlineNs);
        _service.ReturnWork(work);
        return code;
    }

    // What is told is copied: a lazy synchronisation outlives the caller's memory.
    private void AddLazy(IIncastClass kind, in IncastMessage told)
    {
        bool isOrdered = (kind.Features & IncastFeatures.UpdateInOrder) != 0;
        if (!isOrdered && _replaceable.TryGetValue(new IncastKey(told.Class, told.Key), out IncastLazySync? waiting))
        {
            Statistics.SyncsReplaced++;
            waiting.Payload.Write(told);
            return;
        }

        IncastLazySync added = _idleLazy.TryPop(out IncastLazySync? idle) ? idle : new IncastLazySync();
        added.Begin(told);
        _lazy.Enqueue(added);
        if (!isOrdered)
        {
            _replaceable.Add(added.Key, added);
        }

        if (!_lazyRuns)
        {
            _lazyRuns = true;
            Loop.Spawn(RunLazyAsync());
        }
    }

    // One at a time, in the order in which the root took the values.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask RunLazyAsync()
    {
        while (!_disposed && _lazy.TryDequeue(out IncastLazySync? next))
        {
            _replaceable.Remove(next.Key);
            await SyncUntilAsync(_syncOthers, next.Payload.Message, EndNs(0));
            if (_idleLazy.Count < IncastLimits.KeptMax)
            {
                _idleLazy.Push(next);
            }
        }

        _lazyRuns = false;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> SyncUntilAsync(CollectiveCall to, ReadOnlyMemory<byte> payload, long endNs)
    {
        for (long waitNs = IncastLimits.RetryMinNs; ; waitNs = Math.Min(2 * waitNs, IncastLimits.RetryMaxNs))
        {
            DerCode code = await SyncOnceAsync(to, payload, AttemptEndNs(endNs));
            if (code.IsSuccess || !await MayRetryAsync(code, waitNs, endNs))
            {
                return code;
            }
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> SyncOnceAsync(CollectiveCall to, ReadOnlyMemory<byte> payload, long deadlineNs)
    {
        Statistics.Syncs++;
        CollectiveResult result = await _service.Collectives.BroadcastAsync(to, payload, reply: null, deadlineNs);
        Statistics.SyncsFailed += result.Code.IsError ? 1 : 0;
        return result.Code;
    }
}
