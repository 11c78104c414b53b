namespace Daos.Fabric.Rpc.Requests;

/// <summary>
/// Something that all endpoints of a context share and that runs out: calls in flight, exposed ranges. Endpoints whose oldest call lacks
/// it stand in line; each turn of the line gives to one call, so that a busy endpoint does not shut out the others. Owned by the
/// context's loop.
/// </summary>
internal sealed class Quota(int max, Action exceeded)
{
    private readonly int _max = max;
    private readonly Queue<RpcEndpoint> _line = new();
    private RpcEndpoint? _granted;

    /// <summary>What is left.</summary>
    internal int Free { get; private set; } = max;

    /// <summary>Endpoints that stand in line.</summary>
    internal int InLine => _line.Count;

    /// <summary>True when an endpoint may take this much now; otherwise it stands in line from here on.</summary>
    internal bool IsOpenTo(RpcEndpoint endpoint, int amount)
    {
        if (amount == 0 || (amount <= Free && (_line.Count == 0 || ReferenceEquals(_granted, endpoint))))
        {
            return true;
        }

        if (endpoint.JoinLine(this))
        {
            exceeded();
            _line.Enqueue(endpoint);
        }

        return false;
    }

    /// <summary>Takes what <see cref="IsOpenTo"/> allowed.</summary>
    internal void Take(int amount)
    {
        Free -= amount;
        if (amount > 0)
        {
            _granted = null;
        }
    }

    /// <summary>Takes without standing in line; false when it is not there or others wait for it.</summary>
    internal bool TryTakeNow(int amount)
    {
        if (amount > Free || _line.Count > 0)
        {
            exceeded();
            return false;
        }

        Free -= amount;
        return true;
    }

    /// <summary>Gives back, and lets those in line go on.</summary>
    internal void Release(int amount)
    {
        Free += amount;
        Debug.Assert(Free <= _max, "more came back than was taken");
        if (_line.Count > 0)
        {
            Pump();
        }
    }

    /// <summary>Lets those in line go on: what the first one waited for came, or it does not wait any more.</summary>
    internal void Pump()
    {
        while (_line.TryPeek(out RpcEndpoint? endpoint) && endpoint.WantsOf(this) <= Free)
        {
            _line.Dequeue();
            endpoint.LeaveLine(this);
            _granted = endpoint;
            endpoint.Pump();
            _granted = null;
        }
    }
}
