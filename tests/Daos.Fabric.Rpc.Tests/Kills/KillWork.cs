using System.Buffers.Binary;
using Daos.Fabric.Rpc.Bulk;
using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Services;

namespace Daos.Fabric.Rpc.Tests.Kills;

/// <summary>
/// One kind of operation from one rank to another, over and over until it fails. Owned by the loop of the rank that calls. Both the test and
/// the processes that are killed run it.
/// </summary>
/// <param name="from">Who calls.</param>
/// <param name="to">Whom.</param>
/// <param name="third">The rank between, or behind.</param>
/// <param name="kind">What.</param>
/// <param name="variant">0 or 1: which way of it.</param>
internal sealed class KillWork(KillRank from, Rank to, Rank third, KillKind kind, int variant)
{
    internal const long DeadlineNs = 5_000_000_000;
    private const int MessageBytes = 4_000;

    private long _begunNs;

    internal KillKind Kind => kind;

    /// <summary>Operations that ended well.</summary>
    internal int Done { get; private set; }

    /// <summary>True while an operation is under way.</summary>
    internal bool IsPending { get; private set; }

    /// <summary>The one that failed last.</summary>
    internal DerCode Code { get; private set; } = DerCode.Success;

    /// <summary>How long the failed operation took, in ns.</summary>
    internal long LastNs { get; private set; }

    internal bool IsOver { get; private set; }

    internal string Name => $"{kind} {variant} from {from.Rank} to {to}";

    /// <summary>What every pair of ranks does at once.</summary>
    internal static List<KillWork> All(KillRank from, Rank to, Rank third) =>
    [
        .. Enum.GetValues<KillKind>().SelectMany(kind => new[] { new KillWork(from, to, third, kind, 0), new KillWork(from, to, third, kind, 1) }),
    ];

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask RunAsync()
    {
        while (Code.IsSuccess)
        {
            _begunNs = from.Loop.Clock.MonotonicNs;
            IsPending = true;
            Code = await OnceAsync();
            IsPending = false;
            Done += Code.IsSuccess ? 1 : 0;
        }

        LastNs = from.Loop.Clock.MonotonicNs - _begunNs;
        IsOver = true;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> OnceAsync()
    {
        if (kind == KillKind.Collective)
        {
            var call = new CollectiveCall(KillCollective.Number)
            {
                GroupId = to.Value,
                Topology = variant == 0 ? new TreeTopology(TreeKind.Flat) : new TreeTopology(TreeKind.Knomial, 2),
            };
            CollectiveResult result = await from.Collectives.BroadcastAsync(call, new byte[500], reply: null, _begunNs + DeadlineNs);
            return result.Code;
        }

        NativeBlock block = from.Service.Memory.Take();
        block.Span.Fill(KillService.Content);
        RpcCall rpc = from.Context.RentCall();
        DerCode code = await CallAsync(rpc, block);
        rpc.Free();
        from.Service.Memory.Return(block);
        return code;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> CallAsync(RpcCall rpc, NativeBlock block)
    {
        long deadlineNs = _begunNs + DeadlineNs;
        Rank receiver = kind == KillKind.Forward && variant == 0 ? third : to;
        Rank puller = kind == KillKind.Forward && variant == 0 ? to : third;
        RpcOpcode opcode = kind switch
        {
            KillKind.Send or KillKind.Reply => SelfTestOpcodes.Echo,
            KillKind.Put => KillService.PutAll,
            KillKind.Get => KillService.GetAll,
            _ => KillService.Pass,
        };
        RpcEndpoint? behind = null;
        if (kind == KillKind.Forward)
        {
            // It is bound when it can be; a puller that just died makes the leader relay, which ends with its own code.
            behind = from.Context.EndpointOf(puller, 0);
            await from.Context.BindAsync(behind, deadlineNs);
        }

        DerCode code = await rpc.AdmitAsync(from.Context.EndpointOf(receiver, 0), opcode, deadlineNs);
        if (code.IsError)
        {
            return code;
        }

        switch (kind)
        {
            case KillKind.Send when variant == 0:
            case KillKind.Reply when variant == 0:
                rpc.BeginRequest(MessageBytes).Fill(KillService.Content);
                return await rpc.SendAsync(MessageBytes);
            case KillKind.Send:
            case KillKind.Reply:
                return await SendLarge(rpc, block);
            default:
                return await SendExposedAsync(rpc, block, behind, puller);
        }
    }

    private static unsafe ValueTask<DerCode> SendLarge(RpcCall rpc, NativeBlock block) =>
        rpc.SendLargeAsync(new RpcPayload(block.Address, KillMemory.BlockBytes / 2, block.Address + (KillMemory.BlockBytes / 2), KillMemory.BlockBytes / 2));

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> SendExposedAsync(RpcCall rpc, NativeBlock block, RpcEndpoint? behind, Rank puller)
    {
        BulkRegion region = Rent(rpc.Context, block);
        DerCode code = await Send(rpc, region, behind, puller);
        region.Free();
        return code;
    }

    private ValueTask<DerCode> Send(RpcCall rpc, BulkRegion region, RpcEndpoint? behind, Rank puller)
    {
        ExposedBulk exposed = behind is null ? rpc.Expose(region) : rpc.Expose(region, [behind]);
        if (!exposed.IsValid)
        {
            // The connection ended between admission and here.
            rpc.BeginRequest(0);
            rpc.Cancel();
            return rpc.SendAsync(0);
        }

        int head = kind == KillKind.Forward ? 8 : 0;
        Span<byte> request = rpc.BeginRequest(head + exposed.SizeBytes);
        if (head > 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(request, puller.Value);
        }

        rpc.Write(exposed, request[head..]);
        return rpc.SendAsync(head + exposed.SizeBytes);
    }

    private unsafe BulkRegion Rent(RpcContext context, NativeBlock block) => context.TryRentBulk(
        [new BulkSegment(block.Address, 100_000), new BulkSegment(block.Address + 100_000, KillMemory.BlockBytes - 100_000)],
        kind == KillKind.Put ? MemoryAccess.RemoteWrite : MemoryAccess.RemoteRead)!;
}
