using System.Runtime.InteropServices;
using Daos.Fabric.Protocol.Control;
using Daos.Fabric.Rpc.Collectives;

namespace Daos.Fabric.Engine.Groups;

/// <summary>Runs a census for whoever asks, one at a time: it costs every rank of the system a request.</summary>
internal sealed class CensusHandler(EngineContext engine) : ServiceHandler(engine)
{
    private readonly ReplyRoom _reply = new();
    private bool _isRunning;

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        TreeTopology topology = TreeTopology.Default;
        bool isGood = CensusRequest.TryRead(request.Payload, out CensusRequest message)
            && (message.Topology == 0 || TreeTopology.TryRead(message.Topology, out topology));
        if (!isGood || _isRunning)
        {
            request.Reply(isGood ? DerCode.Busy : DerCode.Protocol);
            return;
        }

        _isRunning = true;
        try
        {
            Rank[] leftOut = message.LeavesOutDead ? await Engine.Group.FindDeadAsync() : [];
            Answer(request, await RunAsync(request, topology, leftOut));
        }
        finally
        {
            _isRunning = false;
        }
    }

    private ValueTask<CollectiveResult> RunAsync(RpcRequest request, TreeTopology topology, Rank[] leftOut)
    {
        var call = new CollectiveCall(ControlOpcodes.CensusPart)
        {
            Topology = topology,
            Filter = leftOut,
            Tag = Tags.System,
        };
        return Engine.Group.Collectives.BroadcastAsync(call, default, _reply, request.DeadlineNs == long.MaxValue ? 0 : request.DeadlineNs);
    }

    private void Answer(RpcRequest request, CollectiveResult result)
    {
        uint[] ranks = MemoryMarshal.Cast<byte, uint>(_reply.Span).ToArray();
        var reply = new CensusReply(Engine.Group.Primary.Ranks.Version, result.Reached, result.Failed, result.FailedRank, result.Code, ranks);
        request.EndReply(reply.Write(request.BeginReply(reply.SizeBytes)), DerCode.Success);
    }
}
