using System.Buffers.Binary;
using Daos.Fabric.Rpc.Collectives;

namespace Daos.Fabric.Rpc.Tests.Collectives;

/// <summary>Broadcasts over ranks on one loop: after warm-up neither the root nor anybody below allocates.</summary>
public sealed class CollectiveAllocationTests
{
    private const int Ranks = 16;
    private const int Rounds = 200;

    private static readonly RpcOpcode s_sum = RpcOpcode.Create(0x61, 1, 0);

    [Theory]
    [InlineData(TreeKind.Knomial, 4, 0, false)]
    [InlineData(TreeKind.Knomial, 2, 64, true)]
    [InlineData(TreeKind.Kary, 2, 20_000, false)]
    [InlineData(TreeKind.Flat, 0, 64, true)]
    public void Broadcast_AfterWarmUp_NoRankAllocates(TreeKind kind, int ratio, int payloadBytes, bool failsOut)
    {
        using var bench = new Bench(new TreeTopology(kind, ratio), payloadBytes, failsOut);
        Assert.Equal(0, bench.AllocatedBytes());
        Assert.Equal((DerCode.Success, Ranks - 1, SumOfAllBut(3)), (bench.Last.Code, bench.Last.Reached, bench.LastSum));
    }

    // The same measurement must be able to fail, whichever rank allocates.
    [Fact]
    public void Broadcast_WithAPlantedAllocationAtOneRank_IsNoticed()
    {
        using var bench = new Bench(TreeTopology.Default, 64, failsOut: false) { PlantsAtLast = true };
        Assert.InRange(bench.AllocatedBytes(), Rounds * 25, long.MaxValue);
    }

    private static long SumOfAllBut(int rank) => (Ranks * (Ranks - 1) / 2) - rank;

    private sealed class Bench : IDisposable
    {
        private readonly LocalRanks _ranks = new(Ranks);
        private readonly List<Sum> _operations = [];
        private readonly ReplyRoom _reply = new();
        private readonly CollectiveCall _call;
        private readonly byte[] _payload;
        private readonly Func<ValueTask> _work;

        internal Bench(TreeTopology topology, int payloadBytes, bool failsOut)
        {
            for (int i = 0; i < Ranks; i++)
            {
                _operations.Add(new Sum(i));
                _ranks.Collectives[i].Register(_operations[i]);
            }

            _call = new CollectiveCall(s_sum) { Topology = topology, Filter = [new Rank(3)], Flags = failsOut ? CollectiveFlags.FailOut : CollectiveFlags.None };
            _payload = new byte[payloadBytes];
            _work = WorkAsync;
        }

        internal bool PlantsAtLast { init => _operations[^1].Plants = value; }

        internal CollectiveResult Last { get; private set; }

        internal long LastSum => BinaryPrimitives.ReadInt64LittleEndian(_reply.Span);

        internal long AllocatedBytes() => _ranks.AllocatedBytes(_work);

        public void Dispose() => _ranks.Dispose();

        // Each rank is the root of some.
        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask WorkAsync()
        {
            for (int i = 0; i < Rounds; i++)
            {
                Last = await _ranks.Collectives[i % Ranks].BroadcastAsync(_call, _payload, _reply);
            }
        }
    }

    /// <summary>Sums the numbers of the ranks, in place.</summary>
    private sealed class Sum(int rank) : ICollectiveOperation
    {
        internal bool Plants { get; set; }

        internal byte[]? Planted { get; private set; }

        public RpcOpcode Opcode => s_sum;

        public DerCode BeforeForward(CollectiveRequest request) => DerCode.Success;

        public ValueTask<DerCode> RunAsync(CollectiveRequest request)
        {
            Planted = Plants ? new byte[1] : null;
            Span<byte> own = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(own, rank);
            return new(request.Reply.Set(own));
        }

        public DerCode Aggregate(CollectiveRequest request, ReadOnlySpan<byte> childReply)
        {
            if (request.Reply.Span.IsEmpty)
            {
                return request.Reply.Set(childReply);
            }

            long sum = BinaryPrimitives.ReadInt64LittleEndian(request.Reply.Span) + BinaryPrimitives.ReadInt64LittleEndian(childReply);
            BinaryPrimitives.WriteInt64LittleEndian(request.Reply.Span, sum);
            return DerCode.Success;
        }

        public void AfterReply(CollectiveRequest request)
        {
        }
    }
}
