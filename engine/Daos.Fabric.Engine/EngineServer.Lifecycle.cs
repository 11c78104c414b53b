using Daos.Fabric.Engine.Containers;
using Daos.Fabric.Engine.Groups;
using Daos.Fabric.Engine.Objects;
using Daos.Fabric.Engine.Pools;
using Daos.Fabric.Xstreams.Mesh;
using Daos.Fabric.Xstreams.Placement;

namespace Daos.Fabric.Engine;

/// <content>Starting and stopping, on the foreign thread.</content>
public sealed partial class EngineServer
{
    private EngineGroup? _group;
    private bool _isRunning;

    /// <summary>
    /// Starts xstreams, recovers what the directory holds, then listens. When the task ends the engine serves. After a failure
    /// <see cref="StopAsync"/> releases what was taken.
    /// </summary>
    /// <exception cref="DaosException">
    /// DER_NO_PERM, DER_NOTDIR, DER_BUSY (another engine uses the directory), DER_DF_INVAL and DER_DF_INCOMPT (damaged or newer format),
    /// DER_MISMATCH (formatted otherwise), DER_NOSPACE, DER_NOMEM (too few file descriptors), DER_ADDRSTR_GEN or DER_BUSY (an address cannot be used), with one sentence.
    /// </exception>
    public Task StartAsync()
    {
        LoadModules();
        _storage = StorageDirectory.Open(_environment.Host.Files, Context.Paths, Options);
        CreateXstreams(XstreamPlanner.Plan(Options.PlanOf(_storage.Targets)));
        _group = Context.Group = new EngineGroup(Context, _environment.Random.Fork());
        foreach (IEngineModule module in _modules)
        {
            DerCode code = module.Init(Context);
            if (code.IsError)
            {
                throw new DaosException(code, "start engine", module.Name, $"module '{module.Name}' refused to start");
            }
        }

        RegisterProtocols();
        foreach (EngineXstream xstream in Context.Xstreams)
        {
            _environment.Host.Start(xstream.Xstream);
        }

        _isRunning = true;
        return AdminCall.RunAsync(Context.System.Xstream, BringUpAsync);
    }

    /// <summary>Refuses new requests, waits for those under way, and closes every store with a last checkpoint; nothing blocks.</summary>
    public Task DrainAsync() => _isRunning ? AdminCall.RunAsync(Context.System.Xstream, BringDownAsync) : Task.CompletedTask;

    /// <summary>Ends the xstreams and frees everything. After <see cref="DrainAsync"/>, or when the engine may as well have crashed.</summary>
    public void Close()
    {
        if (_isRunning)
        {
            foreach (EngineXstream xstream in Context.Xstreams)
            {
                _environment.Host.Stop(xstream.Xstream);
            }

            _isRunning = false;
        }

        _group?.Dispose();
        _group = null;
        foreach (EngineXstream xstream in Context.Xstreams)
        {
            xstream.Rpc.Dispose();
            foreach (IEngineModule module in _modules)
            {
                (xstream.StateOf(module.Id) as IDisposable)?.Dispose();
            }

            xstream.Xstream.Reactor.Dispose();
        }

        foreach (IEngineModule module in Enumerable.Reverse(_modules))
        {
            module.Fini();
        }

        Context.Clear();
        _modules.Clear();
        _storage?.Close();
        _storage = null;
    }

    /// <summary>A clean end: <see cref="DrainAsync"/>, then <see cref="Close"/>. Nothing happens when the engine does not run.</summary>
    public async Task StopAsync()
    {
        try
        {
            await DrainAsync().ConfigureAwait(false);
        }
        finally
        {
            Close();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private void LoadModules()
    {
        _modules.AddRange([new PoolModule(), new ContainerModule(), new ObjectModule(), new ControlModule()]);
        string[] builtIn = [.. _modules.Select(m => m.Name)];
        foreach (ModuleReference reference in Options.Modules.Where(r => !builtIn.Contains(r.Name)))
        {
            IReadOnlyList<IEngineModule> loaded = ModuleLoader.Load(reference, AppContext.BaseDirectory, out string? error)
                ?? throw new DaosException(DerCode.Unregistered, "start engine", reference.Name, error);
            _modules.AddRange(loaded);
        }

        IGrouping<byte, IEngineModule>? clash = _modules.GroupBy(m => m.Id).FirstOrDefault(g => g.Count() > 1);
        if (clash is not null)
        {
            string names = string.Join(" and ", clash.Select(m => $"'{m.Name}'"));
            throw new DaosException(DerCode.Exists, "start engine", names, $"modules {names} have the same number {clash.Key}");
        }
    }

    private void CreateXstreams(IReadOnlyList<XstreamPlan> plans)
    {
        Action<string> log = Options.Log ?? (static _ => { });
        int connections = DescriptorBudget.PerContext(Options, plans);
        Context.PoolsMax = DescriptorBudget.Pools(Options, plans);
        foreach (XstreamPlan plan in plans)
        {
            var xstream = new Xstream(plan.Name, _environment.Host.CreateReactor(plan), new XstreamOptions
            {
                Loop = new OwnerLoopOptions { SpinNs = plan.SpinNs, PinCore = plan.PinCore, OnPinFailed = ReportUnpinned, OnUnhandled = ReportUnhandled },
                OnSlowSlice = (x, slow) => _environment.Host.ReportSlow(x, in slow, log),
            });
            var rpc = new RpcContext(
                xstream,
                new RpcOptions
                {
                    Transport = new TransportOptions
                    {
                        Random = _environment.Random.Fork(),
                        Faults = Options.Faults,
                        Notice = Context.Log,
                        ConnectionsMax = connections,
                    },
                    Node = Context.Node,
                    Faults = Options.Faults,
                    Tags = [.. plan.Tags.Select(tag => (ushort)tag)],
                },
                _environment.Providers,
                Context.Hlc);
            Context.Add(new EngineXstream(Context, plan, xstream, rpc, _environment.Random.Fork()));
        }

        foreach (string note in Context.Xstreams.SelectMany(x => x.Xstream.Reactor.Notes).Distinct())
        {
            Context.Log(note);
        }

        XstreamMesh.Connect([.. Context.Xstreams.Select(x => x.Xstream)]);
    }

    private void RegisterProtocols()
    {
        foreach (EngineXstream xstream in Context.Xstreams)
        {
            foreach (IEngineModule module in _modules)
            {
                object? state = module.CreateXstreamState(xstream);
                xstream.SetState(module.Id, state);
                foreach (RpcProtocol protocol in module.CreateProtocols(xstream, state))
                {
                    xstream.Rpc.Register(protocol);
                }
            }
        }
    }

    private void ReportUnpinned(OwnerLoop loop) => Context.Log(
        $"{loop.Name}: core {loop.Options.PinCore} does not exist or is not allowed to this process: the thread runs where the system puts it. Correct the list of cores, or the process's affinity.");

    private void ReportUnhandled(OwnerLoop loop, Exception exception) =>
        Context.Log($"{loop.Name}: unexpected failure: {exception.GetType().Name}: {exception.Message}");
}
