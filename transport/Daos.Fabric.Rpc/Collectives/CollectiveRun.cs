using Daos.Fabric.Core.Faults;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Requests;

namespace Daos.Fabric.Rpc.Collectives;

/// <summary>One collective at one rank: the calls to the children and what came of them. Owned by the service's loop.</summary>
internal sealed class CollectiveRun(RpcContext context, PrimaryGroup group, CollectiveTree tree, ushort tag, byte[] message, long deadlineNs)
{
    private readonly CollectiveResult[] _results = new CollectiveResult[tree.Children.Length];
    private readonly CollectiveJoin _join = new(context.Loop, tree.Children.Length);

    /// <summary>After <see cref="WaitAsync"/>: somebody below did not run it, or failed.</summary>
    internal bool HasFailed => Array.Exists(_results, static r => r.FailedCode.IsError);

    internal void CallChildren()
    {
        for (int i = 0; i < _results.Length; i++)
        {
            context.Loop.Spawn(CallChildAsync(i));
        }
    }

    internal ValueTask WaitAsync()
    {
        _join.Arrive();
        return _join.TaskWithoutResult;
    }

    /// <summary>Merges this rank's part and the children's, in the order of the tree.</summary>
    internal CollectiveResult Conclude(ICollectiveOperation operation, CollectiveRequest request, DerCode own, bool takesPart, bool runs)
    {
        int reached = runs ? 1 : 0;
        int failed = takesPart && !runs ? 1 : 0;
        bool merges = runs || !takesPart;
        Rank failedRank = own.IsError ? group.Self : Rank.None;
        DerCode failedCode = own;
        foreach (CollectiveResult result in _results)
        {
            reached += result.Reached;
            failed += result.Failed;
            DerCode code = result.FailedCode;
            Rank rank = result.FailedRank;
            if (result.Reached > 0 && merges && operation.Aggregate(request, result.Reply) is { IsError: true } merged && code.IsSuccess)
            {
                code = merged;
                rank = group.Self;
            }

            if (code.IsError && (failedCode.IsSuccess || (code == DerCode.GroupVersion && failedCode != DerCode.GroupVersion)))
            {
                failedCode = code;
                failedRank = rank;
            }
        }

        return new CollectiveResult(reached, failed, failedRank, failedCode, request.Reply.Bytes.ToArray());
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask CallChildAsync(int index)
    {
        int position = tree.Children[index];
        Rank child = tree.RankAt(position);
        DerResult<RpcEndpoint> endpoint = group.EndpointOf(context, child, tag);
        DerCode code = FaultRegistry.Fires(context.Options.Faults, FaultPoint.CollectiveChildLost) ? DerCode.Unreachable : endpoint.Code;
        if (code.IsSuccess && context.CallsRented == RpcLimits.CallsMax)
        {
            code = DerCode.Again;
        }

        CollectiveResult? result = null;
        if (code.IsSuccess)
        {
            RpcCall call = context.RentCall();
            code = await SendAsync(call, endpoint.Value);
            int below = tree.CountBelow(position);
            if (code.IsSuccess)
            {
                result = CollectiveWire.ReadReply(call.Reply, below);
                code = DerCode.Protocol;
            }

            call.Free();
        }

        _results[index] = result ?? CollectiveResult.Fail(code, child, tree.CountBelow(position));
        _join.Arrive();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> SendAsync(RpcCall call, RpcEndpoint endpoint)
    {
        DerCode code = await call.AdmitAsync(endpoint, CollectiveOpcodes.Forward, deadlineNs);
        if (code.IsError)
        {
            return code;
        }

        message.CopyTo(call.BeginRequest(message.Length));
        return await call.SendAsync(message.Length);
    }
}
