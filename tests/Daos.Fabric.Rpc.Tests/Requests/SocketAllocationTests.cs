using System.Diagnostics;
using Daos.Fabric.TestKit.Allocations;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Rpc.Tests.Requests;

/// <summary>Both ends of a unix socket on the machine's reactor: the client's bytes are read here, the server's by its own STATS.</summary>
public sealed class SocketAllocationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(128)]
    public void Echo_OverASocket_BothSidesAllocateNothing(int inFlight)
    {
        string directory = Directory.CreateTempSubdirectory("daos-alloc-").FullName;
        try
        {
            Run($"unix://{directory}/s", inFlight);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Run(string address, int inFlight)
    {
        var provider = new SocketsProvider();
        var serverLoop = new OwnerLoop("server", ReactorFactory.Create(), new OwnerLoopOptions());
        var clientLoop = new OwnerLoop("client", ReactorFactory.Create(), new OwnerLoopOptions());
        var clock = new HybridLogicalClock(SystemClock.Instance);
        using var server = new RpcContext(serverLoop, RpcWorld.Options() with { Node = new RpcNode(new Rank(0)) }, [provider], clock);
        using var client = new RpcContext(clientLoop, RpcWorld.Options(), [provider], null);
        TransportUri uri = server.Listen(TransportUri.Parse(address)).Value;
        var serverThread = new OwnerLoopThread(serverLoop);
        serverThread.Start();
        var load = new Load(client, uri, inFlight);
        load.Echo(5000);
        load.AskServer();
        load.Echo(5000);
        load.AskServer();
        long clientAllocated = 0;
        long allocated = SteadyState.AllocatedBytes(() =>
        {
            long serverBefore = load.AskServer();
            long clientBefore = GC.GetAllocatedBytesForCurrentThread();
            load.Echo(10_000);
            clientAllocated = GC.GetAllocatedBytesForCurrentThread() - clientBefore;
            return load.AskServer() - serverBefore + clientAllocated;
        });
        serverThread.StopAndJoin();
        Assert.True(allocated == 0, $"{allocated} bytes on both sides, {clientAllocated} of them on the client's in the last round");
    }

    private sealed class Load
    {
        private readonly RpcContext _context;
        private readonly RpcEndpoint _endpoint;
        private readonly int _inFlight;
        private int _left;
        private int _running;
        private DerCode _failure;
        private long _serverAllocated;

        internal Load(RpcContext context, TransportUri uri, int inFlight)
        {
            _context = context;
            _inFlight = inFlight;
            using OwnerThread.EnterScope scope = context.Loop.Enter();
            _endpoint = context.EndpointOf(uri, 2).Value;
        }

        internal void Echo(int calls)
        {
            _left = calls;
            Drive(_inFlight, static load => load.WorkAsync());
        }

        internal long AskServer()
        {
            Drive(1, static load => load.AskAsync());
            return _serverAllocated;
        }

        private void Drive(int count, Func<Load, ValueTask> body)
        {
            using (_context.Loop.Enter())
            {
                for (int i = 0; i < count; i++)
                {
                    _running++;
                    _context.Loop.Spawn(body(this));
                }
            }

            long start = Stopwatch.GetTimestamp();
            while (_running > 0)
            {
                _context.Loop.RunTurn(1_000_000);
                Fail(Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(30));
            }

            Fail(_failure.IsError);
        }

        // The asserts of the library allocate.
        private void Fail(bool condition)
        {
            if (condition)
            {
                Assert.Fail($"{_running} calls running, {_failure}");
            }
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask WorkAsync()
        {
            while (_left > 0)
            {
                _left--;
                await CallAsync();
            }

            _running--;
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask CallAsync()
        {
            RpcCall call = _context.RentCall();
            DerCode code = await call.AdmitAsync(_endpoint, SelfTestOpcodes.Echo);
            if (code.IsSuccess)
            {
                call.BeginRequest(64).Fill((byte)_left);
                code = await call.SendAsync(64);
            }

            _failure = code.IsError ? code : _failure;
            call.Free();
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask AskAsync()
        {
            DerResult<ProcessStatisticsReply> reply = await InternalCalls.QueryStatisticsAsync(_endpoint, 0);
            _failure = reply.Code;
            _serverAllocated = reply.IsSuccess ? reply.Value.AllocatedBytes : 0;
            _running--;
        }
    }
}
