using Daos.Fabric.Rpc.Collectives;

namespace Daos.Fabric.Rpc.Incast;

/// <content>The root tells the others: eagerly, or lazily one after the other.</content>
public sealed partial class IncastNamespace
{
    private readonly Queue<IncastLazySync> _lazy = new();
    private readonly Dictionary<IncastKey, IncastLazySync> _replaceable = [];
    private bool _lazyRuns;

    /// <summary>Lazy synchronisations that wait now.</summary>
    public int LazyWaiting => _lazy.Count;

    private ValueTask<DerCode> SyncAsync(IIncastClass kind, IncastMessage message, long deadlineNs)
    {
        if (message.Sync.Mode == IncastSyncMode.None)
        {
            return new(DerCode.Success);
        }

        // The bytes are a copy: a lazy synchronisation outlives the caller's memory.
        IncastMessage told = message.Sync.Event == IncastSyncEvent.Notify ? message with { Value = null } : message;
        byte[] payload = told.ToArray();
        if (message.Sync.Mode == IncastSyncMode.Eager || _lazy.Count == IncastLimits.LazyMax)
        {
            return SyncOnceAsync(payload, [_service.Group.Self], deadlineNs);
        }

        AddLazy(kind, message, payload);
        return new(DerCode.Success);
    }

    private void AddLazy(IIncastClass kind, IncastMessage message, byte[] payload)
    {
        var key = new IncastKey(message.Class, message.Key);
        bool isOrdered = (kind.Features & IncastFeatures.UpdateInOrder) != 0;
        if (!isOrdered && _replaceable.TryGetValue(key, out IncastLazySync? waiting))
        {
            Statistics.SyncsReplaced++;
            waiting.Payload = payload;
            return;
        }

        var added = new IncastLazySync(new IncastKey(message.Class, message.Key.ToArray()), payload);
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
            await SyncUntilAsync(next.Payload, [_service.Group.Self], EndNs(0));
        }

        _lazyRuns = false;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> SyncUntilAsync(byte[] payload, Rank[] without, long endNs)
    {
        for (long waitNs = IncastLimits.RetryMinNs; ; waitNs = Math.Min(2 * waitNs, IncastLimits.RetryMaxNs))
        {
            DerCode code = await SyncOnceAsync(payload, without, AttemptEndNs(endNs));
            if (code.IsSuccess || !await MayRetryAsync(code, waitNs, endNs))
            {
                return code;
            }
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> SyncOnceAsync(byte[] payload, Rank[] without, long deadlineNs)
    {
        Statistics.Syncs++;
        CollectiveResult result = await _service.Collectives.BroadcastAsync(
            new CollectiveCall(IncastOpcodes.Sync) { GroupId = GroupId, Topology = _topology, Filter = without, Tag = _tag, DeadlineNs = deadlineNs },
            payload);
        Statistics.SyncsFailed += result.Code.IsError ? 1 : 0;
        return result.Code;
    }
}
