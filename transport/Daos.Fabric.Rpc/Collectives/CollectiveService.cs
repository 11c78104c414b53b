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
    private readonly Stack<CollectiveRun> _runs = new();
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
    /// <param name="call">What and where.</param>
    /// <param name="payload">What every rank is given; copied before this returns its task.</param>
    /// <param name="reply">Takes the aggregated reply, and belongs to the service until the task ends; null when nobody reads it.</param>
    /// <param name="deadlineNs">On the loop's monotonic clock; 0 for <see cref="RpcOptions.CallTimeoutNs"/> from now.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<CollectiveResult> BroadcastAsync(
        CollectiveCall call, ReadOnlyMemory<byte> payload, ReplyRoom? reply = null, long deadlineNs = 0)
    {
        _context.Loop.Assert();
        reply?.Clear();
        GroupRanks? ranks = _group.RanksOf(call.GroupId);
        if (ranks is null || payload.Length > CollectiveLimits.PayloadBytesMax || call.Filter.Count > CollectiveLimits.FilterMax)
        {
            return CollectiveResult.Fail(ranks is null ? DerCode.Nonexist : DerCode.Invalid, _group.Self, 0);
        }

        CollectiveRun run = RentRun();
        run.BeginAsRoot(
            new CollectiveHeader(
                call.Opcode, call.GroupId, ranks.Version, ranks.PrimaryVersion, call.Topology, _group.Self, FlagsOf(call), call.Filter.Count),
            call,
            payload.Span,
            reply,
            deadlineNs == 0 ? _context.ArrivalNs() + _context.Options.CallTimeoutNs : deadlineNs);
        Statistics.Started++;
        CollectiveResult result = await RunAsync(run);
        if (result.Failed == CollectiveResult.NotCounted)
        {
            result = result with { Failed = 0 };
        }

        Statistics.Failed += result.Code.IsError ? 1 : 0;
        Finish(run);
        return result;
    }

    private ICollectiveOperation? Find(RpcOpcode opcode) => _operations.GetValueOrDefault(opcode.Value);

    private CollectiveFlags FlagsOf(CollectiveCall call)
    {
        bool isNamed = false;
        for (int i = 0; i < call.Filter.Count && !isNamed; i++)
        {
            isNamed = call.Filter[i] == _group.Self;
        }

        bool includes = (call.Flags & CollectiveFlags.FilterIncludes) != 0;
        return isNamed == includes ? call.Flags & ~CollectiveFlags.RootExcluded : call.Flags | CollectiveFlags.RootExcluded;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask OnForwardAsync(RpcRequest request)
    {
        CollectiveRun run = RentRun();
        long deadlineNs = Math.Min(request.DeadlineNs, _context.ArrivalNs() + _context.Options.CallTimeoutNs);
        if (!run.TryBegin(request.Payload, request.Tag, request.Source, deadlineNs))
        {
            ReturnRun(run);
            request.Reply(DerCode.Protocol);
            return;
        }

        Statistics.Forwarded++;
        CollectiveResult result = await RunAsync(run);
        Answer(request, result, run.Request.Reply.Span);
        Finish(run);
    }

    private static void Answer(RpcRequest request, in CollectiveResult result, ReadOnlySpan<byte> reply)
    {
        int lengthBytes = CollectiveWire.WriteReply(request.BeginReply(CollectiveWire.ReplyHeadBytes + reply.Length), result, reply);
        request.EndReply(lengthBytes, DerCode.Success);
    }

    // A run whose operation threw is not used again: its children may still be under way.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<CollectiveResult> RunAsync(CollectiveRun run)
    {
        DerCode code = Prepare(run, out ICollectiveOperation? operation);
        if (code.IsError)
        {
            // How many are below may be a matter of another version; the parent knows.
            run.Request.Reply.Clear();
            return CollectiveResult.Fail(code, _group.Self, CollectiveResult.NotCounted);
        }

        run.CallChildren(ChildDeadlineNs(run.Request.DeadlineNs));
        bool runs = run.TakesPart;
        if (run.Header.FailsOut)
        {
            await run.WaitAsync();
            runs &= !run.HasFailed;
            return run.Conclude(operation!, runs ? await operation!.RunAsync(run.Request) : DerCode.Success, runs);
        }

        DerCode own = runs ? await operation!.RunAsync(run.Request) : DerCode.Success;
        await run.WaitAsync();
        return run.Conclude(operation!, own, runs);
    }

    private DerCode Prepare(CollectiveRun run, out ICollectiveOperation? operation)
    {
        operation = null;
        GroupRanks? ranks = _group.RanksOf(run.Header.GroupId);
        if (ranks is null || ranks.Version != run.Header.Version || ranks.PrimaryVersion != run.Header.PrimaryVersion)
        {
            Statistics.VersionsDiffered++;
            return DerCode.GroupVersion;
        }

        DerCode code = run.BuildTree(ranks);
        operation = Find(run.Header.Opcode);
        return code.IsError ? code : operation is null ? DerCode.Unregistered : operation.BeforeForward(run.Request);
    }

    private CollectiveRun RentRun() => _runs.TryPop(out CollectiveRun? run) ? run : new CollectiveRun(_context, _group);

    private void Finish(CollectiveRun run)
    {
        Find(run.Header.Opcode)?.AfterReply(run.Request);
        ReturnRun(run);
    }

    private void ReturnRun(CollectiveRun run)
    {
        run.End();
        if (_runs.Count < CollectiveLimits.RunsKeptMax)
        {
            _runs.Push(run);
        }
    }

    // Each level keeps some of the time for itself, so that a rank that hangs is reported by its parent and does not fail the whole tree.
    private long ChildDeadlineNs(long deadlineNs)
    {
        long nowNs = _context.ArrivalNs();
        return nowNs + Math.Max(1, (deadlineNs - nowNs) / 16 * 15);
    }
}
