using Daos.Fabric.Rpc.Dispatch;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Requests;

namespace Daos.Fabric.Rpc.Collectives;

/// <summary>
/// Runs an operation at every rank of a group: down a tree, and the answers up again, merged on their way (CART: collective RPC). Each
/// rank runs it at most once, and works only with others of the same group version. Owned by the loop of its context; made before the
/// loop runs.
/// </summary>
public sealed class CollectiveService
{
    private readonly Dictionary<uint, ICollectiveOperation> _operations = [];
    private readonly RpcContext _context;
    private readonly PrimaryGroup _group;

    /// <param name="context">Answers collectives on its tag.</param>
    /// <param name="group">The primary group, with its secondary ones.</param>
    public CollectiveService(RpcContext context, PrimaryGroup group)
    {
        _context = context;
        _group = group;
        context.Register(new RpcProtocol(CollectiveOpcodes.ModuleId, CollectiveOpcodes.Version, "corpc",
        [
            new RpcOperation(CollectiveOpcodes.Forward.Index, "CORPC", SchedulingClass: 0, RpcFeatures.None, OnForwardAsync),
        ]));
    }

    /// <summary>Running totals.</summary>
    public CollectiveStatistics Statistics { get; } = new();

    /// <summary>Adds an operation; start-up only.</summary>
    /// <exception cref="InvalidOperationException">It is there already, or there are too many.</exception>
    public void Register(ICollectiveOperation operation)
    {
        if (_operations.Count == CollectiveLimits.OperationsMax || !_operations.TryAdd(operation.Opcode.Value, operation))
        {
            throw new InvalidOperationException($"collective {operation.Opcode} is registered already, or there are {CollectiveLimits.OperationsMax}");
        }
    }

    /// <summary>
    /// Runs an operation over a group, with this rank as the root, which takes part only when the filter says so. The result's code may be
    /// DER_UNREG, DER_NONEXIST (no such group), DER_OOG (this rank, or a rank to be included, is not in the group), DER_INVAL (payload or
    /// filter too long), DER_GRPVER, DER_CORPC_INCOMPLETE, or what a rank's part returned.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<CollectiveResult> BroadcastAsync(CollectiveCall call, ReadOnlyMemory<byte> payload)
    {
        _context.Loop.Assert();
        GroupRanks? ranks = _group.RanksOf(call.GroupId);
        if (ranks is null || payload.Length > CollectiveLimits.PayloadBytesMax || call.Filter.Count > CollectiveLimits.FilterMax)
        {
            return CollectiveResult.Fail(ranks is null ? DerCode.Nonexist : DerCode.Invalid, _group.Self, 0);
        }

        bool includes = (call.Flags & CollectiveFlags.FilterIncludes) != 0;
        bool isMeant = call.Filter.Contains(_group.Self) == includes;
        CollectiveFlags flags = isMeant ? call.Flags & ~CollectiveFlags.RootExcluded : call.Flags | CollectiveFlags.RootExcluded;
        var header = new CollectiveHeader(call.Opcode, call.GroupId, ranks.Version, ranks.PrimaryVersion, call.Topology, _group.Self, flags, [.. call.Filter]);
        long deadlineNs = call.DeadlineNs == 0 ? _context.ArrivalNs() + _context.Options.CallTimeoutNs : call.DeadlineNs;
        byte[] message = CollectiveWire.Write(header, payload.Span);
        var request = new CollectiveRequest(call.Opcode, call.GroupId, _group.Self, Rank.None, payload, deadlineNs);
        Statistics.Started++;
        CollectiveResult result = await RunAsync(header, message, request, call.Tag);
        if (result.Failed == CollectiveResult.NotCounted)
        {
            result = result with { Failed = 0 };
        }

        Statistics.Failed += result.Code.IsError ? 1 : 0;
        Find(call.Opcode)?.AfterReply(request);
        return result;
    }

    private ICollectiveOperation? Find(RpcOpcode opcode) => _operations.GetValueOrDefault(opcode.Value);

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask OnForwardAsync(RpcRequest request)
    {
        byte[] message = request.Payload.ToArray();
        if (CollectiveWire.Read(message, out int payloadOffset) is not { } header)
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        long deadlineNs = Math.Min(request.DeadlineNs, _context.ArrivalNs() + _context.Options.CallTimeoutNs);
        var received = new CollectiveRequest(header.Opcode, header.GroupId, header.Root, request.Source, message.AsMemory(payloadOffset), deadlineNs);
        Statistics.Forwarded++;
        CollectiveResult result = await RunAsync(header, message, received, request.Tag);
        int lengthBytes = CollectiveWire.WriteReply(request.BeginReply(CollectiveWire.ReplyHeadBytes + result.Reply.Length), result);
        request.EndReply(lengthBytes, DerCode.Success);
        Find(header.Opcode)?.AfterReply(received);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<CollectiveResult> RunAsync(CollectiveHeader header, byte[] message, CollectiveRequest request, ushort tag)
    {
        GroupRanks? ranks = _group.RanksOf(header.GroupId);
        if (ranks is null || ranks.Version != header.Version || ranks.PrimaryVersion != header.PrimaryVersion)
        {
            // How many are below is a matter of the other version; the parent knows.
            Statistics.VersionsDiffered++;
            return CollectiveResult.Fail(DerCode.GroupVersion, _group.Self, CollectiveResult.NotCounted);
        }

        DerResult<CollectiveTree> tree = CollectiveTree.Build(ranks, header, _group.Self);
        ICollectiveOperation? operation = Find(header.Opcode);
        DerCode code = !tree.IsSuccess ? tree.Code : operation is null ? DerCode.Unregistered : operation.BeforeForward(request);
        if (code.IsError)
        {
            return CollectiveResult.Fail(code, _group.Self, CollectiveResult.NotCounted);
        }

        var run = new CollectiveRun(_context, _group, tree.Value, tag, message, ChildDeadlineNs(request.DeadlineNs));
        run.CallChildren();
        bool takesPart = request.Parent != Rank.None || !header.IsRootExcluded;
        if ((header.Flags & CollectiveFlags.FailOut) != 0)
        {
            await run.WaitAsync();
            DerCode part = !takesPart || run.HasFailed ? DerCode.Success : await operation!.RunAsync(request);
            return run.Conclude(operation!, request, part, takesPart, runs: takesPart && !run.HasFailed);
        }

        DerCode own = takesPart ? await operation!.RunAsync(request) : DerCode.Success;
        await run.WaitAsync();
        return run.Conclude(operation!, request, own, takesPart, runs: takesPart);
    }

    // Each level keeps some of the time for itself, so that a rank that hangs is reported by its parent and does not fail the whole tree.
    private long ChildDeadlineNs(long deadlineNs)
    {
        long nowNs = _context.ArrivalNs();
        return nowNs + Math.Max(1, (deadlineNs - nowNs) / 16 * 15);
    }
}
