using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Rpc.Services;

namespace Daos.Fabric.Rpc;

/// <summary>
/// Requests and replies on one owner loop, over any number of providers. Owned by that loop; it may be constructed, registered with and
/// listened on before the loop runs.
/// </summary>
public sealed partial class RpcContext : IDisposable, ITransportHandler
{
    private readonly Dictionary<string, TransportContext> _transports = new(StringComparer.Ordinal);
    private readonly List<TransportContext> _opened = [];
    private readonly Dictionary<string, RpcLink> _links = new(StringComparer.Ordinal);
    private readonly Dictionary<(uint Rank, ushort Tag), RpcEndpoint> _rankEndpoints = [];
    private readonly HybridLogicalClock? _hlc;
    private readonly byte[] _discarded;
    private readonly SeededRandom _names;
    private readonly SelfTestService? _selfTest;
    private long _stampedNs = -1;
    private long _waitsSeen;
    private long _wokenNs;

    /// <param name="loop">The owner.</param>
    /// <param name="options">Limits.</param>
    /// <param name="providers">The kinds of wire that this context opens.</param>
    /// <param name="hlc">An engine's clock: what peers send is merged. Null for a client, which only remembers the highest value heard.</param>
    public RpcContext(OwnerLoop loop, RpcOptions options, IReadOnlyList<TransportProvider> providers, HybridLogicalClock? hlc)
    {
        options.Validate();
        Loop = loop;
        Options = options;
        _hlc = hlc;
        Calls = new CallTable(this);
        Bulks = new BulkRegions(this);
        _names = options.Transport.Random.Fork();
        Uris = new UriCache(this);
        CallQuota = new Quota(options.CallsInFlightMax, () => Statistics.QuotaExceeded++);
        RangeQuota = new Quota(options.RangesExposedMax, () => Statistics.QuotaExceeded++);
        Dispatcher = new RequestDispatcher(this);
        Staging = new StagingMemory(options.StagingBytesMax);
        _discarded = GC.AllocateUninitializedArray<byte>(options.Transport.MessageBytesMax, pinned: true);
        foreach (TransportProvider provider in providers)
        {
            TransportContext transport = provider.CreateContext(loop, options.Transport, this);
            _opened.Add(transport);
            foreach (string scheme in provider.Schemes)
            {
                _transports.Add(scheme, transport);
            }
        }

        Register(new InternalService(this).Protocol);
        if (options.SelfTest)
        {
            _selfTest = new SelfTestService(this, options.SelfTestBufferBytes);
            Register(_selfTest.Protocol);
        }

        options.Node?.Add(this);
    }

    /// <summary>Why the newest connection that never opened did not, in a sentence for logs; empty when nothing is known. Any thread.</summary>
    public string LastConnectFailure => _opened.ConvertAll(static t => t.Statistics.LastFailure).Find(static f => f.Length > 0) ?? "";

    /// <summary>The owner.</summary>
    public OwnerLoop Loop { get; }

    /// <summary>Limits.</summary>
    public RpcOptions Options { get; }

    /// <summary>This engine's rank; <see cref="Rank.None"/> for a client.</summary>
    public Rank Rank => Options.Node?.Rank ?? Rank.None;

    /// <summary>Running totals.</summary>
    public RpcStatistics Statistics { get; } = new();

    /// <summary>The highest clock value heard from any peer: what a client returns with its requests.</summary>
    public ulong HighestHlc { get; private set; }

    /// <summary>Requests being handled or queued now.</summary>
    public int RequestsActive => Dispatcher.Active;

    /// <summary>Calls rented now.</summary>
    public int CallsRented => Calls.RentedCount;

    /// <summary>True once disposed.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>True once, after <see cref="Dispose"/>, nothing of any provider is in the kernel any more: the loop may end.</summary>
    public bool IsQuiet => _opened.TrueForAll(static t => t.IsQuiet);

    /// <summary>The providers' contexts, in the order in which they were opened.</summary>
    internal List<TransportContext> Transports => _opened;

    internal CallTable Calls { get; }

    internal UriCache Uris { get; }

    internal StagingMemory Staging { get; }

    internal BulkRegions Bulks { get; }

    /// <summary>Connections that introduced themselves, by the name that they gave.</summary>
    internal Dictionary<Guid, RpcSession> Introduced { get; } = [];

    /// <summary>Null when the self-test module is not answered.</summary>
    internal SelfTestService? SelfTest => _selfTest;

    internal Quota CallQuota { get; }

    internal Quota RangeQuota { get; }

    internal RequestDispatcher Dispatcher { get; }

    /// <summary>Adds a protocol; start-up only. At most <see cref="RpcLimits.VersionsMax"/> versions of a module.</summary>
    /// <exception cref="InvalidOperationException">The version is there already, or there are too many.</exception>
    public void Register(RpcProtocol protocol) => Dispatcher.Table.Add(protocol);

    /// <summary>Listens; start-up only. The result is the address that peers use. DER_INVAL when no provider knows the scheme.</summary>
    public DerResult<TransportUri> Listen(TransportUri uri) =>
        _transports.TryGetValue(uri.Scheme, out TransportContext? transport) ? transport.Listen(uri) : DerCode.Invalid;

    /// <summary>A call, to be freed after use.</summary>
    /// <exception cref="DaosException">DER_AGAIN: <see cref="RpcLimits.CallsMax"/> are rented.</exception>
    public RpcCall RentCall()
    {
        Loop.Assert();
        RpcCall call = Calls.TryRent() ?? throw new DaosException(DerCode.Again, "rent a call", Loop.Name, $"{RpcLimits.CallsMax} calls are in use");
        call.Rented();
        return call;
    }

    /// <summary>
    /// Ends every connection and listener: pending calls end with DER_SHUTDOWN, requests under way are cancelled. On the loop's thread, or
    /// after the loop stopped.
    /// </summary>
    public void Dispose()
    {
        if (IsDisposed)
        {
            return;
        }

        using OwnerThread.EnterScope scope = Loop.Enter();
        IsDisposed = true;
        Options.Node?.Remove(this);
        foreach (RpcEndpoint endpoint in _rankEndpoints.Values)
        {
            endpoint.FailWaiting(DerCode.Shutdown);
        }

        foreach (RpcLink link in _links.Values)
        {
            link.FailWaiting(DerCode.Shutdown);
            if (link.Session is { } session)
            {
                Calls.FailSent(session, DerCode.Shutdown);
            }
        }

        Dispatcher.CancelAll();
        foreach (TransportContext transport in _opened)
        {
            transport.Dispose();
        }

        FreeWhenIdle();
    }

    /// <summary>The clock value for an outgoing message: an engine's own, moved on once per turn; a client's highest heard.</summary>
    internal ulong Stamp()
    {
        if (_hlc is null)
        {
            return HighestHlc;
        }

        if (_stampedNs != Loop.NowNs)
        {
            // DER_AGAIN means that the durable ceiling is reached; the newest value given out will do.
            _stampedNs = Loop.NowNs;
            _hlc.TryNext(out _);
        }

        return _hlc.Last;
    }

    /// <summary>
    /// When a message that is delivered now arrived. The loop reads the clock at a turn's start; a turn that blocked delivers messages long
    /// after that, and a deadline counted from its start would have passed before the request began.
    /// </summary>
    internal long ArrivalNs()
    {
        long waits = Loop.Reactor.Statistics.Waits;
        if (waits != _waitsSeen)
        {
            _waitsSeen = waits;
            _wokenNs = Loop.Clock.MonotonicNs;
        }

        return Math.Max(Loop.NowNs, _wokenNs);
    }

    /// <summary>Takes over a value heard; DER_HLC_SYNC when it is too far ahead of an engine's clock.</summary>
    internal DerCode Hear(ulong hlc)
    {
        if (_hlc is not null)
        {
            DerCode code = _hlc.Merge(hlc);
            if (code.IsError)
            {
                Statistics.ClockRejections++;
                return code;
            }
        }

        if (hlc > HighestHlc)
        {
            HighestHlc = hlc;
        }

        return DerCode.Success;
    }

    /// <summary>Room for a message that nobody will read.</summary>
    internal Span<byte> Discard(int lengthBytes) => _discarded.AsSpan(0, lengthBytes);

    /// <summary>The last request ended.</summary>
    internal void FreeWhenIdle()
    {
        if (IsDisposed && Dispatcher.Active == 0)
        {
            _selfTest?.Dispose();
            Staging.Dispose();
        }
    }
}
