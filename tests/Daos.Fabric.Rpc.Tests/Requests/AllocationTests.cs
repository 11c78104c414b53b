using Daos.Fabric.Transport.Loopback;

namespace Daos.Fabric.Rpc.Tests.Requests;

public sealed class AllocationTests
{
    private const int Rounds = 20_000;

    [Theory]
    [InlineData(1, false)]
    [InlineData(16, false)]
    [InlineData(128, false)]
    [InlineData(16, true)]
    public void Echo_AfterWarmUp_AllocatesNothing(int inFlight, bool modification)
    {
        using var bench = new Bench(inFlight, modification);
        bench.Run(Rounds);
        long before = GC.GetAllocatedBytesForCurrentThread();
        bench.Run(Rounds);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, allocated);
    }

    // The same measurement must be able to fail.
    [Fact]
    public void Echo_WithAPlantedAllocation_IsNoticed()
    {
        using var bench = new Bench(16, modification: false) { Plant = true };
        bench.Run(Rounds);
        long before = GC.GetAllocatedBytesForCurrentThread();
        bench.Run(Rounds);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before >= Rounds / 1000 * 24);
    }

    /// <summary>Client and server on one loop, driven by this thread.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly OwnerLoop _loop;
        private readonly RpcContext _server;
        private readonly RpcContext _client;
        private readonly RpcEndpoint _endpoint;
        private readonly int _inFlight;
        private readonly ModificationInfo? _modification;
        private int _left;
        private int _running;
        internal byte[]? Planted;

        internal Bench(int inFlight, bool modification)
        {
            var world = new SimulatedWorld(1);
            SimulatedNode node = world.AddNode("node");
            _loop = node.AddLoop("loop");
            var provider = new LoopbackProvider(new LoopbackHub());
            var clock = new HybridLogicalClock(node.Clock);
            _server = new RpcContext(_loop, RpcWorld.Options() with { Node = new RpcNode(new Rank(0)) }, [provider], clock);
            _client = new RpcContext(_loop, RpcWorld.Options(), [provider], null);
            TransportUri uri = _server.Listen(TransportUri.Parse("loopback://server")).Value;
            RpcEndpoint? endpoint = null;
            world.On(_loop, () => endpoint = _client.EndpointOf(uri, 2).Value);
            _endpoint = endpoint!;
            _inFlight = inFlight;
            _modification = modification ? new ModificationInfo { ClientId = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), Sequence = 1 } : null;
        }

        internal bool Plant { get; init; }

        internal void Run(int calls)
        {
            _left = calls;
            using (_loop.Enter())
            {
                for (int i = 0; i < _inFlight; i++)
                {
                    _running++;
                    _loop.Spawn(WorkAsync());
                }
            }

            for (int turn = 0; _running > 0; turn++)
            {
                Assert.True(turn < calls * 10, "the workers do not end");
                _loop.RunTurn(0);
            }
        }

        public void Dispose()
        {
            _client.Dispose();
            _server.Dispose();
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask WorkAsync()
        {
            while (_left > 0)
            {
                _left--;
                await CallAsync();
                if (Plant && _left % 1000 == 0)
                {
                    Planted = new byte[1];
                }
            }

            _running--;
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask CallAsync()
        {
            RpcCall call = _client.RentCall();
            DerCode code = await call.AdmitAsync(_endpoint, SelfTestOpcodes.Echo);
            if (code.IsSuccess)
            {
                Fill(call);
                code = await call.SendAsync(64);
            }

            Check(call, code);
            call.Free();
        }

        private void Fill(RpcCall call)
        {
            Span<byte> room = _modification is { } info ? call.BeginRequest(64, info) : call.BeginRequest(64);
            room.Fill((byte)_left);
        }

        private static void Check(RpcCall call, DerCode code)
        {
            if (code.IsError || call.ReplyBytes != 64)
            {
                throw new InvalidOperationException($"{code}, {call.ReplyBytes} bytes");
            }
        }
    }
}
