using Daos.Fabric.Engine.Devices;
using Daos.Fabric.Engine.Groups;
using Daos.Fabric.Engine.Hosting;
using Daos.Fabric.Xstreams.Waiting;

namespace Daos.Fabric.Engine;

/// <summary>
/// What the parts of one engine share: options, clock, the list of its xstreams. Filled at start-up, then read by any of its xstreams.
/// </summary>
public sealed class EngineContext
{
    private readonly List<EngineXstream> _xstreams = [];
    private readonly IXstreamHost _host;
    private EngineXstream[] _targets = [];

    internal EngineContext(EngineOptions options, IXstreamHost host, HybridLogicalClock hlc, RpcNode node)
    {
        _host = host;
        Options = options;
        Hlc = hlc;
        Node = node;
        Paths = new EnginePaths(options.Path, TierRoles.Assign(options.Tiers));
    }

    /// <summary>What the engine was told.</summary>
    public EngineOptions Options { get; }

    /// <summary>The engine's clock, from which every epoch is minted.</summary>
    public HybridLogicalClock Hlc { get; }

    /// <summary>Rank, addresses and RPC contexts.</summary>
    public RpcNode Node { get; }

    /// <summary>All xstreams; position is the index in the mesh.</summary>
    public IReadOnlyList<EngineXstream> Xstreams => _xstreams;

    /// <summary>The xstream of tag 0, which runs the services.</summary>
    public EngineXstream System => _xstreams[0];

    /// <summary>The system that the engine belongs to; made before the xstreams run.</summary>
    public EngineGroup Group { get; internal set; } = null!;

    /// <summary>Pools, containers and handles; touched on the system xstream only.</summary>
    internal SystemDirectory Directory { get; set; } = null!;

    /// <summary>Pools that there may be; made before the xstreams run.</summary>
    internal int PoolsMax { get; set; } = Limits.PoolsMax;

    /// <summary>Devices and their states; touched on the system xstream only.</summary>
    internal DeviceService Devices { get; set; } = null!;

    /// <summary>Where things lie on disk.</summary>
    internal EnginePaths Paths { get; }

    /// <summary>Where each tag is reached, per provider.</summary>
    internal IReadOnlyList<EngineEndpoint> Endpoints { get; set; } = [];

    /// <summary>Number of targets.</summary>
    public int TargetCount => _targets.Length;

    /// <summary>The xstream of a target.</summary>
    public EngineXstream TargetXstream(int target) => _targets[target];

    /// <summary>
    /// Runs the same work on every target at once and gives the first error. Called on the system xstream: calls go from there to targets
    /// and never back.
    /// </summary>
    /// <param name="work">Runs as a ULT on each target's xstream.</param>
    public ValueTask<DerCode> OnTargetsAsync(Func<EngineXstream, ValueTask<DerCode>> work) => OnAllAsync(_targets, work);

    /// <summary>
    /// The same on every target whose device serves. The others get what they miss when their device is replaced
    /// (<see cref="DeviceService.ReplaceAsync"/>).
    /// </summary>
    internal ValueTask<DerCode> OnServingTargetsAsync(Func<EngineXstream, ValueTask<DerCode>> work) =>
        OnAllAsync(_targets, target => target.Device.IsServing ? work(target) : new ValueTask<DerCode>(DerCode.Success));

    /// <summary>The same on every xstream.</summary>
    public ValueTask<DerCode> OnXstreamsAsync(Func<EngineXstream, ValueTask<DerCode>> work) => OnAllAsync(_xstreams, work);

    /// <summary>The address of a tag over the provider that a peer came by, or over the first one.</summary>
    internal TransportUri? UriOf(ushort tag, TransportConnection peer)
    {
        TransportUri? first = null;
        foreach (EngineEndpoint endpoint in Endpoints.Where(e => e.Tag == tag))
        {
            first ??= endpoint.Uri;
            if (endpoint.Uri.Scheme == peer.Scheme)
            {
                return endpoint.Uri;
            }
        }

        return first;
    }

    /// <summary>Tells the operator one sentence; any thread. Returns before it is written while xstreams run.</summary>
    internal void Log(string sentence)
    {
        if (Options.Log is { } log)
        {
            _host.Report(sentence, log);
        }
    }

    internal void Add(EngineXstream xstream)
    {
        _xstreams.Add(xstream);
        _targets = [.. _xstreams.Where(x => x.Target >= 0).OrderBy(x => x.Target)];
    }

    internal void Clear()
    {
        _xstreams.Clear();
        _targets = [];
        Endpoints = [];
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> OnAllAsync(IReadOnlyList<EngineXstream> xstreams, Func<EngineXstream, ValueTask<DerCode>> work)
    {
        Xstream home = System.Xstream;
        home.Assert();
        var done = new Future(home, xstreams.Count);
        foreach (EngineXstream xstream in xstreams)
        {
            home.Spawn(CallOneAsync(home, xstream, work, done));
        }

        return await done.WaitAsync();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private static async ValueTask CallOneAsync(Xstream home, EngineXstream target, Func<EngineXstream, ValueTask<DerCode>> work, Future done) =>
        done.Set(await new WorkCall(target, work).CallAsync(home, target.Xstream));
}
