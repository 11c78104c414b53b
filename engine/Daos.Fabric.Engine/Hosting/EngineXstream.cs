using Daos.Fabric.Engine.Devices;
using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Xstreams.Placement;
using Daos.Fabric.Xstreams.Waiting;

namespace Daos.Fabric.Engine.Hosting;

/// <summary>
/// What the engine keeps on one xstream: its RPC context, its shards, the table of open handles, the modules' state. Owned by that
/// xstream once it runs.
/// </summary>
public sealed class EngineXstream
{
    private const int FirstTargetTag = 2;

    private readonly object?[] _moduleStates = new object?[byte.MaxValue + 1];

    internal EngineXstream(EngineContext engine, XstreamPlan plan, Xstream xstream, RpcContext rpc, SeededRandom random)
    {
        Engine = engine;
        Tags = plan.Tags;
        Target = plan.Tags.Max() - FirstTargetTag;
        Xstream = xstream;
        Rpc = rpc;
        Random = random;
        Requests = new Gate(xstream);
        Shards = new ShardTable();
        Handles = new HandleTable();
        Device = new TargetDevice(this);
        Upkeep = Target < 0 ? null : new TargetUpkeep(this);
        Aggregation = Target < 0 ? null : new TargetAggregation(this);
    }

    /// <summary>The engine.</summary>
    public EngineContext Engine { get; }

    /// <summary>The tags that it serves.</summary>
    public IReadOnlyList<int> Tags { get; }

    /// <summary>The target that it owns; negative for a system xstream of its own.</summary>
    public int Target { get; }

    /// <summary>The owner of everything here.</summary>
    public Xstream Xstream { get; }

    /// <summary>Requests and replies.</summary>
    public RpcContext Rpc { get; }

    /// <summary>This xstream's randomness: handles and identifiers.</summary>
    public SeededRandom Random { get; }

    /// <summary>Every request is inside while it is handled; closed when the engine stops.</summary>
    public Gate Requests { get; }

    /// <summary>The pools' shards of this target.</summary>
    internal ShardTable Shards { get; }

    /// <summary>Open containers by handle.</summary>
    internal HandleTable Handles { get; }

    /// <summary>The device that the target's shards lie on; without meaning where there is no target.</summary>
    internal TargetDevice Device { get; }

    /// <summary>What a target does now and then; null without a target.</summary>
    internal TargetUpkeep? Upkeep { get; }

    /// <summary>What goes through old versions; null without a target.</summary>
    internal TargetAggregation? Aggregation { get; }

    /// <summary>The newest failure of this xstream's stores in words.</summary>
    internal string LastError { get; set; } = "";

    /// <summary>What a module keeps here, or null.</summary>
    public object? StateOf(byte moduleId) => _moduleStates[moduleId];

    internal void SetState(byte moduleId, object? state) => _moduleStates[moduleId] = state;
}
