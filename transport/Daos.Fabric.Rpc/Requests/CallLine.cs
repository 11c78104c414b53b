namespace Daos.Fabric.Rpc.Requests;

/// <summary>Calls that wait at one endpoint, linked through themselves. Owned by the context's loop.</summary>
internal sealed class CallLine
{
    private RpcCall? _last;

    /// <summary>The one whose turn it is, or null.</summary>
    internal RpcCall? First { get; private set; }

    internal int Count { get; private set; }

    internal void Add(RpcCall call, bool atFront)
    {
        call.PreviousWaiting = atFront ? null : _last;
        call.NextWaiting = atFront ? First : null;
        if (call.PreviousWaiting is { } previous)
        {
            previous.NextWaiting = call;
        }
        else
        {
            First = call;
        }

        if (call.NextWaiting is { } next)
        {
            next.PreviousWaiting = call;
        }
        else
        {
            _last = call;
        }

        Count++;
        call.Context.Statistics.WaitQueueDepth++;
    }

    internal void Remove(RpcCall call)
    {
        if (call.PreviousWaiting is { } previous)
        {
            previous.NextWaiting = call.NextWaiting;
        }
        else
        {
            First = call.NextWaiting;
        }

        if (call.NextWaiting is { } next)
        {
            next.PreviousWaiting = call.PreviousWaiting;
        }
        else
        {
            _last = call.PreviousWaiting;
        }

        call.PreviousWaiting = null;
        call.NextWaiting = null;
        Count--;
        call.Context.Statistics.WaitQueueDepth--;
    }
}
