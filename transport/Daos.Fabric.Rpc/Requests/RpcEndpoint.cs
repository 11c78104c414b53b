namespace Daos.Fabric.Rpc.Requests;

/// <summary>
/// A tag at an address: where calls go, with a limit of calls in flight beyond which they wait first in, first out. Owned by the
/// context's loop.
/// </summary>
public sealed class RpcEndpoint
{
    private readonly RpcLink _link;
    private RpcCall? _firstWaiting;
    private RpcCall? _lastWaiting;

    internal RpcEndpoint(RpcLink link, ushort tag)
    {
        _link = link;
        Tag = tag;
        CreditsFree = link.Context.Options.CreditsPerEndpoint;
    }

    /// <summary>The context that opened it.</summary>
    public RpcContext Context => _link.Context;

    /// <summary>The address.</summary>
    public TransportUri Uri => _link.Uri;

    /// <summary>The tag.</summary>
    public ushort Tag { get; }

    /// <summary>True while connected; a call on an endpoint that is not connects first.</summary>
    public bool IsOpen => _link.Session is { } session && session.Connection.IsOpen;

    /// <summary>Calls that would be admitted at once while the connection takes them.</summary>
    public int CreditsFree { get; private set; }

    /// <summary>Calls waiting for a credit or for the connection.</summary>
    public int Waiting { get; private set; }

    /// <summary>Takes a credit and gives the connection to use, or null when the call must wait.</summary>
    internal RpcSession? TryAdmit() => _firstWaiting is null ? TryTakeCredit() : null;

    /// <summary>Appends a call that could not be admitted.</summary>
    internal void Enqueue(RpcCall call)
    {
        call.PreviousWaiting = _lastWaiting;
        if (_lastWaiting is null)
        {
            _firstWaiting = call;
        }
        else
        {
            _lastWaiting.NextWaiting = call;
        }

        _lastWaiting = call;
        Waiting++;
        _link.EnsureConnected();
    }

    /// <summary>Takes a waiting call out, wherever it stands.</summary>
    internal void Remove(RpcCall call)
    {
        if (call.PreviousWaiting is null)
        {
            _firstWaiting = call.NextWaiting;
        }
        else
        {
            call.PreviousWaiting.NextWaiting = call.NextWaiting;
        }

        if (call.NextWaiting is null)
        {
            _lastWaiting = call.PreviousWaiting;
        }
        else
        {
            call.NextWaiting.PreviousWaiting = call.PreviousWaiting;
        }

        call.PreviousWaiting = null;
        call.NextWaiting = null;
        Waiting--;
    }

    /// <summary>A call ended: the oldest waiting one may go.</summary>
    internal void ReleaseCredit()
    {
        CreditsFree++;
        if (_firstWaiting is not null)
        {
            Pump();
        }
    }

    /// <summary>Admits waiting calls as long as there are credits and room.</summary>
    internal void Pump()
    {
        while (_firstWaiting is { } call && TryTakeCredit() is { } session)
        {
            Remove(call);
            call.AdmittedLate(session);
        }
    }

    /// <summary>Ends every waiting call.</summary>
    internal void FailWaiting(DerCode code)
    {
        while (_firstWaiting is { } call)
        {
            Remove(call);
            call.RefusedLate(code);
        }
    }

    private RpcSession? TryTakeCredit()
    {
        if (CreditsFree == 0 || _link.Session is not { } session || !session.Connection.CanSend)
        {
            return null;
        }

        CreditsFree--;
        return session;
    }
}
