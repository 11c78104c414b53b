namespace Daos.Fabric.Xstreams.Mesh;

/// <summary>
/// A call from one xstream to another of the same engine: the object travels to the other xstream, <see cref="ServeAsync"/> runs there
/// as a ULT, and it comes home with the code. Whatever the call carries belongs to the other xstream in between. At most 512 calls are
/// under way between a pair, further ones wait at home, so no mailbox ever overflows. Reusable; allocates nothing.
/// </summary>
/// <remarks>Calls between xstreams must form an acyclic graph (engine/README.md): a served call may call on, but never back.</remarks>
public abstract class CrossCall : PooledOperation<DerCode>
{
    private readonly Leg _leg;
    private Xstream? _home;
    private Xstream? _place;
    private DerCode _code;

    /// <summary>A call at rest.</summary>
    protected CrossCall() => _leg = new Leg(this);

    /// <summary>
    /// Sends the call and waits for it. Called on the home xstream; both must have been connected by <see cref="XstreamMesh"/>.
    /// DER_MISC when serving threw.
    /// </summary>
    public ValueTask<DerCode> CallAsync(Xstream home, Xstream target)
    {
        home.Assert();
        Begin(home);
        _home = home;
        _leg.SchedulingClass = home.CurrentClass;
        if (ReferenceEquals(home, target))
        {
            _place = home;
            home.Schedule(_leg);
        }
        else
        {
            home.Mail.Send(this, target.MeshIndex);
        }

        return Task;
    }

    /// <summary>Runs on the xstream that was called.</summary>
    protected abstract ValueTask<DerCode> ServeAsync(Xstream xstream);

    internal bool ComesHome(Xstream xstream) => ReferenceEquals(_home, xstream);

    internal void Arrive(Xstream xstream)
    {
        _place = xstream;
        xstream.Schedule(_leg);
    }

    internal void Settle()
    {
        DerCode code = _code;
        _home = null;
        _place = null;
        Complete(code);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ServeAndReturnAsync(Xstream xstream)
    {
        try
        {
            _code = await ServeAsync(xstream);
        }
        catch (Exception exception)
        {
            xstream.ReportUnhandled(exception);
            _code = DerCode.Misc;
        }

        if (ReferenceEquals(xstream, _home))
        {
            Settle();
        }
        else
        {
            xstream.Mail.SendBack(this, _home!.MeshIndex);
        }
    }

    /// <summary>The call's ticket in the other xstream's ready queue.</summary>
    private sealed class Leg(CrossCall call) : WorkItem
    {
        protected override object Subject => call;

        protected override void Execute()
        {
            Xstream place = call._place!;
            place.Spawn(call.ServeAndReturnAsync(place));
        }
    }
}
