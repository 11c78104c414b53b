using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Rpc.Services;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>
/// Answers START, STATUS and STOP on one context: this engine is the caller of a run for somebody else, one at a time (CART: a master
/// endpoint). Endpoints are ranks of the system only, so that nobody can send an engine to an address of his choice. A run belongs to the
/// connection that started it and is stopped when that ends. Owned by the context's loop.
/// </summary>
internal sealed class SelfTestMaster(RpcContext context, long bytesMax)
{
    private const int EndpointBytes = 8;
    private const int PlanBytes = SelfTestShape.SizeBytes + 24;

    private RpcSession? _owner;
    private SelfTestRun? _run;
    private SelfTestResult? _result;

    internal IEnumerable<RpcOperation> Operations =>
    [
        new RpcOperation(SelfTestOpcodes.Start.Index, "START", SchedulingClass: 0, RpcFeatures.None, Start),
        new RpcOperation(SelfTestOpcodes.Status.Index, "STATUS", SchedulingClass: 0, RpcFeatures.None, Status),
        new RpcOperation(SelfTestOpcodes.Stop.Index, "STOP", SchedulingClass: 0, RpcFeatures.None, Stop),
    ];

    /// <summary>True while calls are under way, also for an owner who has gone.</summary>
    internal bool IsRunning => _run is not null;

    /// <summary>Writes the payload of START.</summary>
    internal static int SizeBytes(int endpoints) => PlanBytes + (endpoints * EndpointBytes);

    internal static void Write(ref WireWriter writer, SelfTestPlan plan, IReadOnlyList<(Rank Rank, ushort Tag)> endpoints)
    {
        plan.Shape.Write(ref writer);
        writer.WriteUInt32((uint)plan.InFlight);
        writer.WriteUInt32((uint)plan.Repetitions);
        writer.WriteUInt32((uint)plan.WarmUp);
        writer.WriteUInt32(plan.CallTimeoutMs);
        writer.WriteUInt32((uint)endpoints.Count);
        writer.Align8();
        foreach ((Rank rank, ushort tag) in endpoints)
        {
            writer.WriteUInt32(rank.Value);
            writer.WriteUInt16(tag);
            writer.Align8();
        }
    }

    /// <summary>A connection ended, and what it started with it.</summary>
    internal void Reap(RpcSession owner)
    {
        if (ReferenceEquals(_owner, owner))
        {
            GiveUp();
        }
    }

    private ValueTask Start(RpcRequest request)
    {
        DerCode code = Read(request.Payload, out SelfTestPlan plan, out List<RpcEndpoint> endpoints);
        if (code.IsError)
        {
            request.Reply(code);
        }
        else if (_owner is not null || _run is not null)
        {
            request.Reply(DerCode.Busy);
        }
        else if (plan.MemoryBytes > bytesMax)
        {
            request.Reply(DerCode.NoMemory);
        }
        else
        {
            _owner = request.Session;
            context.Loop.Spawn(RunAsync(plan, endpoints));
            request.Reply(DerCode.Success);
        }

        return default;
    }

    private ValueTask Status(RpcRequest request)
    {
        if (!ReferenceEquals(_owner, request.Session) || request.PayloadBytes != 0)
        {
            request.Reply(request.PayloadBytes != 0 ? DerCode.Protocol : DerCode.Nonexist);
            return default;
        }

        var writer = new WireWriter(request.BeginReply(8 + (_result?.SizeBytes ?? 0)));
        writer.WriteByte((byte)(_result is null ? SelfTestState.Running : SelfTestState.Done));
        writer.Align8();
        _result?.Write(ref writer);
        request.EndReply(writer.Position, DerCode.Success);
        return default;
    }

    private ValueTask Stop(RpcRequest request)
    {
        bool isOwner = ReferenceEquals(_owner, request.Session);
        if (isOwner)
        {
            GiveUp();
        }

        request.Reply(isOwner ? DerCode.Success : DerCode.Nonexist);
        return default;
    }

    private void GiveUp()
    {
        _owner = null;
        _result = null;
        _run?.Stop();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask RunAsync(SelfTestPlan plan, List<RpcEndpoint> endpoints)
    {
        using var memory = new NativeSlab(plan.MemoryBytes);
        try
        {
            _run = Prepare(plan, endpoints, memory);
            SelfTestResult result = await _run.RunAsync();
            _result = _owner is null ? null : result;
        }
        finally
        {
            // Without a result its owner asks in vain and hears so; he may start again.
            _run = null;
            _owner = _result is null ? null : _owner;
        }
    }

    private unsafe SelfTestRun Prepare(SelfTestPlan plan, List<RpcEndpoint> endpoints, NativeSlab memory) =>
        new(context, plan, endpoints, memory.Address);

    private DerCode Read(ReadOnlySpan<byte> payload, out SelfTestPlan plan, out List<RpcEndpoint> endpoints)
    {
        var reader = new WireReader(payload);
        plan = new SelfTestPlan
        {
            Shape = SelfTestShape.Read(ref reader),
            InFlight = (int)reader.ReadUInt32(),
            Repetitions = (int)reader.ReadUInt32(),
            WarmUp = (int)reader.ReadUInt32(),
            CallTimeoutMs = reader.ReadUInt32(),
        };
        uint count = reader.ReadUInt32();
        reader.ReadPadding8();
        endpoints = [];
        if (reader.Failed || !plan.IsValid || count is 0 or > SelfTestLimits.EndpointsMax || reader.Remaining != count * EndpointBytes)
        {
            return DerCode.Protocol;
        }

        DerCode code = DerCode.Success;
        for (uint i = 0; i < count && code.IsSuccess; i++)
        {
            var rank = new Rank(reader.ReadUInt32());
            ushort tag = reader.ReadUInt16();
            reader.ReadPadding8();
            code = reader.Failed || tag >= SelfTestLimits.TagsMax ? DerCode.Protocol : AddEndpoint(endpoints, rank, tag);
        }

        return code;
    }

    // Endpoints of ranks are kept for good: a caller cannot make any number of them.
    private DerCode AddEndpoint(List<RpcEndpoint> endpoints, Rank rank, ushort tag)
    {
        if (context.Options.Node?.UriOfRank(rank) is null)
        {
            return DerCode.Oog;
        }

        endpoints.Add(context.EndpointOf(rank, tag));
        return DerCode.Success;
    }
}
