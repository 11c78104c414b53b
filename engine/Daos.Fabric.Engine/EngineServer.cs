namespace Daos.Fabric.Engine;

/// <summary>
/// One engine: its xstreams, stores and modules over one storage directory. The executable, an application that embeds it and the
/// simulator use it alike. Started and stopped from one foreign thread.
/// </summary>
public sealed partial class EngineServer : IAsyncDisposable
{
    private readonly EngineEnvironment _environment;
    private readonly List<IEngineModule> _modules = [];
    private StorageDirectory? _storage;
    private SystemRecords? _records;

    /// <param name="options">What to serve and how.</param>
    /// <param name="environment">Wires, time, randomness and threads.</param>
    public EngineServer(EngineOptions options, EngineEnvironment environment)
    {
        options.Validate();
        Options = options;
        _environment = environment;
        Context = new EngineContext(options, environment.Host, new HybridLogicalClock(environment.Clock), new RpcNode(options.Rank, isOpen: !options.AwaitsSetUp));
    }

    /// <summary>What the engine was told.</summary>
    public EngineOptions Options { get; }

    /// <summary>What its parts share.</summary>
    public EngineContext Context { get; }

    /// <summary>Number of targets, once started.</summary>
    public int TargetCount => Context.TargetCount;

    /// <summary>Where each tag is reached over each provider, once started.</summary>
    public IReadOnlyList<EngineEndpoint> Endpoints => Context.Endpoints;

    /// <summary>The xstream that owns a target: an embedded client's calls enter through its inbox.</summary>
    public Xstream GetLoop(int target) => Context.TargetXstream(target).Xstream;

    /// <summary>The address of a tag over one kind of wire, or null.</summary>
    public TransportUri? UriOf(ushort tag, string scheme) =>
        Context.Endpoints.Where(e => e.Tag == tag && e.Uri.Scheme == scheme).Select(e => e.Uri).FirstOrDefault();
}
