using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Requests;

namespace Daos.Fabric.Rpc.Incast;

/// <content>One attempt at one rank, whether it began here or came from below.</content>
public sealed partial class IncastNamespace
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<IncastValue>> FetchOnceAsync(IncastMessage message, ReplyRoom room, long deadlineNs)
    {
        DerCode code = Find(message, out IncastRoute route);
        if (code.IsError)
        {
            return code;
        }

        // Who wants the newest does not ask those on the way, and does not wait for somebody who asked earlier.
        bool isLatest = message.Version == IncastValue.Latest;
        var key = new IncastKey(message.Class, message.Key);
        IncastFlags flags = route.Flags;
        while (route.IsRoot || !isLatest)
        {
            DerResult<IncastValue> here = await route.Class.OnFetchAsync(message.Key, message.Version, flags);
            if (here.Code != DerCode.IvcbForward || route.IsRoot)
            {
                return here.Code == DerCode.IvcbForward ? DerCode.Nonexist : here;
            }

            if (!_fetches.TryGetValue(key, out IncastWaiters? others))
            {
                break;
            }

            code = await WaitForOtherAsync(others, deadlineNs);
            if (code.IsError)
            {
                return code;
            }

            flags |= IncastFlags.PendingFetch;
        }

        return await FetchFromNextAsync(route, message, isLatest ? null : key, room, deadlineNs);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<IncastValue>> UpdateOnceAsync(IncastMessage message, ReplyRoom room, long deadlineNs)
    {
        DerCode code = Find(message, out IncastRoute route);
        if (code.IsError)
        {
            return code;
        }

        DerResult<IncastValue> taken = await route.Class.OnUpdateAsync(message.Key, message.Value!.Value, route.Flags);
        if (taken.Code == DerCode.IvcbForward)
        {
            return route.IsRoot ? DerCode.Nonexist : await UpdateNextAsync(route, message, room, deadlineNs);
        }

        // A value that is taken before the root is known to nobody else: only the root synchronises.
        code = taken.IsSuccess && route.IsRoot ? await SyncAsync(route.Class, message, deadlineNs) : taken.Code;
        return code.IsError ? code : message.Sync.IsBidirectional ? taken : IncastValue.Empty;
    }

    /// <summary>A synchronisation arrived.</summary>
    internal ValueTask<DerCode> SynchronisedAsync(IncastMessage message) =>
        _classes.TryGetValue(message.Class, out IIncastClass? kind) ? kind.OnRefreshAsync(message.Key, message.Value, DerCode.Success) : new(DerCode.Nonexist);

    private DerCode Find(in IncastMessage message, out IncastRoute route)
    {
        route = default;
        if (_disposed)
        {
            return DerCode.Shutdown;
        }

        FollowGroup();
        GroupRanks? ranks = _service.Group.RanksOf(GroupId);
        if (ranks is null || !_classes.TryGetValue(message.Class, out IIncastClass? kind))
        {
            return DerCode.Nonexist;
        }

        if (message.GroupVersion != ranks.Version || message.PrimaryVersion != ranks.PrimaryVersion)
        {
            return DerCode.GroupVersion;
        }

        Rank root = kind.OnHash(message.Key);
        int rootPosition = ranks.IndexOf(root);
        int self = ranks.IndexOf(_service.Group.Self);
        if (rootPosition < 0 || self < 0)
        {
            return DerCode.Oog;
        }

        int parent = _topology.GetParent(ranks.Count, rootPosition, self);
        Rank next = parent < 0 ? Rank.None : message.Shortcut == IncastShortcut.ToRoot ? root : ranks.Ranks[parent];
        route = new IncastRoute(kind, next);
        return DerCode.Success;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WaitForOtherAsync(IncastWaiters others, long deadlineNs)
    {
        if (others.Count == IncastLimits.FetchesMax)
        {
            return DerCode.Again;
        }

        Statistics.FetchesCoalesced++;
        return await others.WaitAsync(Loop, deadlineNs);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerResult<IncastValue>> FetchFromNextAsync(IncastRoute route, IncastMessage message, IncastKey? key, ReplyRoom room, long deadlineNs)
    {
        if (_fetches.Count == IncastLimits.FetchesMax)
        {
            return DerCode.Again;
        }

        if (key is { } shared)
        {
            _fetches.Add(shared, _idleWaiters.TryPop(out IncastWaiters? idle) ? idle : new IncastWaiters());
        }

        DerCode ended = DerCode.Misc;
        try
        {
            Statistics.FetchesForwarded++;
            DerResult<IncastValue> result = await CallAsync(IncastOpcodes.Fetch, message, route.Next, room, deadlineNs);
            DerCode kept = await route.Class.OnRefreshAsync(message.Key, result.IsSuccess ? result.Value : null, result.Code);
            ended = result.IsSuccess ? kept : result.Code;
            return ended.IsError ? ended : result;
        }
        finally
        {
            if (key is { } done && _fetches.Remove(done, out IncastWaiters? waiters))
            {
                waiters.Release(ended);
                if (_idleWaiters.Count < IncastLimits.KeptMax)
                {
                    _idleWaiters.Push(waiters);
                }
            }
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerResult<IncastValue>> UpdateNextAsync(IncastRoute route, IncastMessage message, ReplyRoom room, long deadlineNs)
    {
        Statistics.UpdatesForwarded++;
        DerResult<IncastValue> result = await CallAsync(IncastOpcodes.Update, message, route.Next, room, deadlineNs);
        if (!result.IsSuccess || !message.Sync.IsBidirectional)
        {
            return result.IsSuccess ? IncastValue.Empty : result;
        }

        DerCode code = await route.Class.OnRefreshAsync(message.Key, result.Value, DerCode.Success);
        return code.IsError ? code : result;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerResult<IncastValue>> CallAsync(RpcOpcode opcode, IncastMessage message, Rank to, ReplyRoom room, long deadlineNs)
    {
        DerResult<RpcEndpoint> endpoint = _service.Group.EndpointOf(_service.Context, to, _tag);
        if (!endpoint.IsSuccess || _service.Context.CallsRented == RpcLimits.CallsMax)
        {
            return endpoint.IsSuccess ? DerCode.Again : endpoint.Code;
        }

        RpcCall call = _service.Context.RentCall();
        DerCode code = await call.AdmitAsync(endpoint.Value, opcode, Math.Min(deadlineNs, _service.Context.ArrivalNs() + _service.Context.Options.CallTimeoutNs));
        IncastValue value = default;
        if (code.IsSuccess)
        {
            code = await call.SendAsync(message.Write(call.BeginRequest(message.BytesMax)));
        }

        if (code.IsSuccess && !IncastMessage.TryReadReply(call.Reply, room, out value))
        {
            code = DerCode.Protocol;
        }

        call.Free();
        return code.IsError ? code : value;
    }
}
