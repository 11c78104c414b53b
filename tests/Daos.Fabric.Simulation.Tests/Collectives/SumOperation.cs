using System.Buffers.Binary;
using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Simulation.Tests.Ranks;

namespace Daos.Fabric.Simulation.Tests.Collectives;

/// <summary>A collective whose reply is the sum over the ranks of rank plus payload; it records who ran it and may fail on demand.</summary>
internal sealed class SumOperation(SimulatedRank rank) : ICollectiveOperation
{
    internal static readonly RpcOpcode Number = RpcOpcode.Create(0x60, 1, 9);

    internal List<(Rank Root, Rank Parent)> Ran { get; } = [];

    internal int Replied { get; private set; }

    internal DerCode Code { get; set; }

    internal DerCode CodeBefore { get; set; }

    internal bool Hangs { get; set; }

    public RpcOpcode Opcode => Number;

    internal static long SumOf(ReplyRoom reply) => reply.Span.Length == 8 ? BinaryPrimitives.ReadInt64LittleEndian(reply.Span) : -1;

    public DerCode BeforeForward(CollectiveRequest request) => CodeBefore;

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> RunAsync(CollectiveRequest request)
    {
        Assert.Same(rank.Loop, OwnerThread.Current);
        Ran.Add((request.Root, request.Parent));
        if (Hangs)
        {
            await new Never().Begin(rank.Loop);
        }

        request.Reply.Set(BitConverter.GetBytes((long)rank.Rank.Value + request.Payload.Span[0]));
        return Code;
    }

    public DerCode Aggregate(CollectiveRequest request, ReadOnlySpan<byte> childReply)
    {
        long own = request.Reply.Bytes.Length == 0 ? 0 : BinaryPrimitives.ReadInt64LittleEndian(request.Reply.Bytes.Span);
        long child = childReply.Length == 0 ? 0 : BinaryPrimitives.ReadInt64LittleEndian(childReply);
        return request.Reply.Set(BitConverter.GetBytes(own + child));
    }

    public void AfterReply(CollectiveRequest request) => Replied++;

    private sealed class Never : PooledOperation<int>
    {
        internal ValueTask<int> Begin(OwnerLoop loop)
        {
            base.Begin(loop);
            return Task;
        }

        protected override void Release()
        {
        }
    }
}
