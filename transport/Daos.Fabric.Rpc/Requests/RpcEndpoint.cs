namespace Daos.Fabric.Rpc.Requests;

/// <summary>
/// Where calls go: a tag at an address, or a tag of a rank whose address is looked up. Calls above the limit in flight wait first in,
/// first out. Owned by the context's loop.
/// </summary>
public sealed class RpcEndpoint
{
    private readonly CallLine _line = new();
    private RpcLink? _link;
    private bool _resolving;
    private bool _inCallLine;
    private bool _inRangeLine;

    internal RpcEndpoint(RpcContext context, RpcLink? link, Rank rank, ushort tag)
    {
        Context = context;
        _link = link;
        Rank = rank;
        Tag = tag;
        CreditsFree = context.Options.CreditsPerEndpoint;
    }

    /// <summary>The context that opened it.</summary>
    public RpcContext Context { get; }

    /// <summary>The rank meant; <see cref="Rank.None"/> for whoever listens at the address.</summary>
    public Rank Rank { get; }

    /// <summary>The tag.</summary>
    public ushort Tag { get; }

    /// <summary>True once the address is known: at once for an endpoint of an address, after the first call for one of a rank.</summary>
    public bool IsResolved => _link is not null;

    /// <summary>The address.</summary>
    /// <exception cref="InvalidOperationException">It was not looked up yet (<see cref="IsResolved"/>).</exception>
    public TransportUri Uri => _link?.Uri ?? throw new InvalidOperationException($"the address of rank {Rank} tag {Tag} is not known yet");

    /// <summary>True while connected; a call on an endpoint that is not connects first.</summary>
    public bool IsOpen => Session is { } session && session.Connection.IsOpen;

    /// <summary>Calls that would be admitted at once while the connection takes them.</summary>
    public int CreditsFree { get; private set; }

    /// <summary>Calls waiting for the address, the connection, a credit or a quota.</summary>
    public int Waiting => _line.Count;

    /// <summary>The open connection, or null.</summary>
    internal RpcSession? Session => _link?.Session;

    internal bool IsResolving => _resolving;

    /// <summary>
    /// Ends every call of this endpoint, waiting or sent, with DER_CANCELED (CaRT: crt_ep_abort). Calls made afterwards are not touched.
    /// Gives their number.
    /// </summary>
    public int Abort() => Context.Calls.Abort(this, Rank.None);

    /// <summary>Takes a credit and the quotas and gives the connection to use, or null when the call must wait.</summary>
    internal RpcSession? TryAdmit(RpcCall call) => _line.First is null ? TryTake(call) : null;

    /// <summary>Lines a call up that could not be admitted, behind all others or before them.</summary>
    internal void Enqueue(RpcCall call)
    {
        _line.Add(call, atFront: call.GoesFirst);
        if (_link is not null)
        {
            _link.EnsureConnected();
        }
        else if (!_resolving)
        {
            _resolving = true;
            Context.Loop.Spawn(ResolveAsync());
        }
    }

    /// <summary>Takes a waiting call out, wherever it stands.</summary>
    internal void Remove(RpcCall call)
    {
        _line.Remove(call);
        if (_inCallLine || _inRangeLine)
        {
            // It may have been the one that held up a line.
            Context.CallQuota.Pump();
            Context.RangeQuota.Pump();
        }
    }

    /// <summary>A call ended: the oldest waiting one may go.</summary>
    internal void ReleaseCredit()
    {
        CreditsFree++;
        if (_line.First is not null)
        {
            Pump();
        }

        Context.CallQuota.Release(1);
    }

    /// <summary>Admits waiting calls as long as there are credits, quotas and room.</summary>
    internal void Pump()
    {
        while (_line.First is { } call && TryTake(call) is { } session)
        {
            _line.Remove(call);
            call.AdmittedLate(session);
        }
    }

    /// <summary>Ends every waiting call.</summary>
    internal void FailWaiting(DerCode code)
    {
        while (_line.First is { } call)
        {
            _line.Remove(call);
            call.RefusedLate(code);
        }
    }

    /// <summary>What the oldest waiting call wants of a quota; 0 when it stands in line for nothing any more.</summary>
    internal int WantsOf(Quota quota) => _line.First is not { } call ? 0 : ReferenceEquals(quota, Context.CallQuota) ? 1 : call.RangesReserved;

    /// <summary>False when it stands in that line already.</summary>
    internal bool JoinLine(Quota quota)
    {
        ref bool isInLine = ref InLine(quota);
        bool joins = !isInLine;
        isInLine = true;
        return joins;
    }

    internal void LeaveLine(Quota quota) => InLine(quota) = false;

    /// <summary>The address turned out wrong: nobody answers there, or another rank does. The next call looks it up again.</summary>
    internal void AddressFailed()
    {
        if (Rank != Rank.None && _link is { } link)
        {
            Context.Statistics.AddressesFailed++;
            _link = null;
            link.Detach(this);
            Context.Uris.Forget(Rank, Tag);
        }
    }

    private ref bool InLine(Quota quota)
    {
        if (ReferenceEquals(quota, Context.CallQuota))
        {
            return ref _inCallLine;
        }

        return ref _inRangeLine;
    }

    private RpcSession? TryTake(RpcCall call)
    {
        if (CreditsFree == 0 || Session is not { } session || !session.Connection.CanSend)
        {
            return null;
        }

        Quota ranges = Context.RangeQuota;
        Quota calls = Context.CallQuota;
        if (!ranges.IsOpenTo(this, call.RangesReserved) || !calls.IsOpenTo(this, 1))
        {
            return null;
        }

        ranges.Take(call.RangesReserved);
        calls.Take(1);
        CreditsFree--;
        return session;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ResolveAsync()
    {
        DerResult<TransportUri> uri = await Context.Uris.FindAsync(Rank, Tag);
        _resolving = false;
        DerResult<RpcLink> link = uri.IsSuccess ? Context.LinkTo(uri.Value) : uri.Code;
        if (Context.IsDisposed || !link.IsSuccess)
        {
            FailWaiting(Context.IsDisposed ? DerCode.Shutdown : link.Code);
            return;
        }

        _link = link.Value;
        _link.Attach(this);
        if (_link.Session is null)
        {
            _link.EnsureConnected();
        }
        else
        {
            Pump();
        }
    }
}
