namespace Daos.Fabric.Rpc.Requests;

/// <summary>
/// The calls of one context by slot. A call keeps its slot for life and changes the generation with every request, so that finding a
/// reply's call is one array read and a compare. Owned by the context's loop.
/// </summary>
internal sealed class CallTable(RpcContext context)
{
    private RpcCall[] _all = new RpcCall[64];
    private RpcCall[] _idle = new RpcCall[64];
    private int _idleCount;

    /// <summary>Calls made so far.</summary>
    internal int Count { get; private set; }

    /// <summary>Calls rented now.</summary>
    internal int RentedCount => Count - _idleCount;

    internal RpcCall? TryRent()
    {
        if (_idleCount > 0)
        {
            return _idle[--_idleCount];
        }

        if (Count == RpcLimits.CallsMax)
        {
            return null;
        }

        if (Count == _all.Length)
        {
            Array.Resize(ref _all, Count * 2);
            Array.Resize(ref _idle, Count * 2);
        }

        var call = new RpcCall(context, (ushort)Count);
        _all[Count++] = call;
        return call;
    }

    internal void Return(RpcCall call) => _idle[_idleCount++] = call;

    /// <summary>The call that waits for the reply with this id, or null.</summary>
    internal RpcCall? Find(ulong rpcId)
    {
        int slot = (ushort)rpcId;
        if (slot >= Count)
        {
            return null;
        }

        RpcCall call = _all[slot];
        return call.RpcId == rpcId ? call : null;
    }

    /// <summary>Ends the calls that were sent over a connection which ended, in the order of their slots.</summary>
    internal void FailSent(RpcSession session, DerCode code)
    {
        for (int i = 0; i < Count; i++)
        {
            _all[i].ConnectionEnded(session, code);
        }
    }

    /// <summary>Cancels the calls of one endpoint, of one rank, or (neither) all. Gives their number.</summary>
    internal int Abort(RpcEndpoint? endpoint, Rank rank)
    {
        context.Loop.Assert();
        int aborted = 0;

        // Those that wait first: the end of one that was sent would let one of them go out.
        for (int i = 0; i < Count; i++)
        {
            aborted += _all[i].IsWaiting && _all[i].Abort(endpoint, rank) ? 1 : 0;
        }

        for (int i = 0; i < Count; i++)
        {
            aborted += _all[i].Abort(endpoint, rank) ? 1 : 0;
        }

        return aborted;
    }
}
