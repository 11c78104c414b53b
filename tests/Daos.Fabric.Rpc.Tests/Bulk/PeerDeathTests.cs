using Daos.Fabric.Rpc.Bulk;

namespace Daos.Fabric.Rpc.Tests.Bulk;

/// <summary>
/// A process dies in the middle of each kind of operation, at forty moments each: every other one by a kill that its peers see, every other
/// one by a power cut that they do not. Whoever lives ends everything with a code in time, and the world's end checks that nothing is left.
/// </summary>
public sealed class PeerDeathTests
{
    private const int Deaths = 40;
    private const long DeadlineNs = 5_000_000_000;

    public enum Operation
    {
        Send,
        Reply,
        Get,
        Put,
        Forward,
        Large,
    }

    [Theory]
    [InlineData(Operation.Send)]
    [InlineData(Operation.Reply)]
    [InlineData(Operation.Get)]
    [InlineData(Operation.Put)]
    [InlineData(Operation.Forward)]
    [InlineData(Operation.Large)]
    public void ServerDies_InTheMiddle_CallsEndInTimeAndMemoryIsSafe(Operation operation)
    {
        var ends = new Dictionary<DerCode, int>();
        for (int death = 0; death < Deaths; death++)
        {
            using var ranks = new ThreeRanks(WireKind.Sockets, (ulong)death + 1);
            using var run = new Run(ranks, operation);
            run.StartAndStep(death);
            SimulatedNode victim = operation == Operation.Forward && death % 4 < 2 ? ranks.FiveNode : ranks.First.World.ServerNode;
            ranks.First.World.Crash(victim, death % 2 == 0 ? CrashKind.Process : CrashKind.Power);
            DerCode code = run.End();
            ends[code] = ends.GetValueOrDefault(code) + 1;
            Assert.True(code.IsSuccess || code == DerCode.Unreachable || code == DerCode.TimedOut || code == DerCode.Canceled, $"{code} (death {death})");
        }

        Assert.True(ends.Where(e => e.Key.IsError).Sum(e => e.Value) > Deaths / 4, "hardly anything died in the middle");
        Assert.Equal(Deaths, ends.Values.Sum());
    }

    // What the server had under way with the client's memory ends too, and its own memory is free.
    [Theory]
    [InlineData(Operation.Get)]
    [InlineData(Operation.Put)]
    [InlineData(Operation.Forward)]
    [InlineData(Operation.Large)]
    public void ClientDies_InTheMiddle_ServersEndEverything(Operation operation)
    {
        for (int death = 0; death < Deaths; death++)
        {
            using var ranks = new ThreeRanks(WireKind.Sockets, (ulong)death + 1);
            using var run = new Run(ranks, operation);
            run.StartAndStep(death);
            RpcWorld world = ranks.First.World;
            world.Crash(world.ClientNode, death % 2 == 0 ? CrashKind.Process : CrashKind.Power);
            world.World.RunFor(60_000_000_000);
            Assert.Equal(0, world.Server.RequestsActive + ranks.Five.RequestsActive);
            run.CheckServersMemory();
        }
    }

    /// <summary>One operation of the client, and the memory on both sides.</summary>
    private sealed class Run : IDisposable
    {
        private const int Bytes = 2_000_000;
        private readonly ThreeRanks _ranks;
        private readonly Operation _operation;
        private readonly NativeBlock _client = new(Bytes);
        private readonly NativeBlock _server = new(Bytes);
        private RpcWorld.Running _running = null!;
        private DerCode _code;
        private long _endedNs;
        private long _deadlineNs;

        internal Run(ThreeRanks ranks, Operation operation)
        {
            _ranks = ranks;
            _operation = operation;
            Func<RpcRequest, RemoteBulk, BulkTransfer> move = (request, bulk) => Move(request, bulk, _server, operation is Operation.Get or Operation.Forward);
            ranks.First.Service.Next = move;
            ranks.Second.Next = move;
        }

        internal void StartAndStep(int death)
        {
            RpcWorld world = _ranks.First.World;
            world.Run(async () =>
            {
                Assert.Equal(DerCode.Success, await InternalCalls.PingAsync(world.Endpoint, 0));
                Assert.Equal(DerCode.Success, await world.Client.BindAsync(_ranks.Third, 0));
            });
            _deadlineNs = world.World.NowNs + DeadlineNs;
            _running = world.Start(async () =>
            {
                _code = await CallAsync();
                _endedNs = world.World.NowNs;
                _client.Span.Fill(0x77);
            });
            int steps = _operation switch
            {
                Operation.Send => death / 4,
                Operation.Reply => death,
                _ => death * 8,
            };
            for (int step = steps; step > 0 && !_running.IsDone; step--)
            {
                world.World.Step();
            }

            if (_operation == Operation.Reply && world.Probe.HeldCount > 0)
            {
                world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
                for (int step = death % 7; step > 0; step--)
                {
                    world.World.Step();
                }
            }
        }

        internal DerCode End()
        {
            RpcWorld world = _ranks.First.World;
            world.World.RunFor(DeadlineNs + 1_000_000_000);
            Assert.True(_running.IsDone, "the call did not end");
            _running.Throw();
            Assert.InRange(_endedNs, 0, _deadlineNs + 10_000_000);
            world.World.RunFor(60_000_000_000);
            Assert.False(_client.Span.ContainsAnyExcept((byte)0x77), "memory changed after the call completed");
            return _code;
        }

        internal void CheckServersMemory()
        {
            _server.Span.Fill(0x33);
            _ranks.First.World.World.RunFor(1_000_000_000);
            Assert.False(_server.Span.ContainsAnyExcept((byte)0x33), "the server's memory changed after its request ended");
        }

        public void Dispose()
        {
            _client.Dispose();
            _server.Dispose();
        }

        private static unsafe BulkTransfer Move(RpcRequest request, RemoteBulk bulk, NativeBlock block, bool isGet) =>
            isGet ? request.Get(bulk, 0, block.Address, bulk.LengthBytes) : request.Put(bulk, 0, block.Address, bulk.LengthBytes);

        private async ValueTask<DerCode> CallAsync()
        {
            RpcContext client = _ranks.First.Client;
            RpcCall call = client.RentCall();
            RpcOpcode opcode = _operation switch
            {
                Operation.Send or Operation.Large => SelfTestOpcodes.Echo,
                Operation.Reply => ProbeService.Hold,
                Operation.Forward => BulkService.Pass,
                _ => BulkService.Use,
            };
            DerCode code = await call.AdmitAsync(_ranks.First.World.Endpoint, opcode, _deadlineNs);
            BulkRegion? region = null;
            if (code.IsSuccess)
            {
                code = await Send(call, ref region);
            }

            call.Free();
            region?.Free();
            return code;
        }

        private unsafe ValueTask<DerCode> Send(RpcCall call, ref BulkRegion? region)
        {
            if (_operation == Operation.Large)
            {
                return call.SendLargeAsync(new RpcPayload(_client.Address, Bytes / 2, _client.Address + (Bytes / 2), Bytes / 2));
            }

            if (_operation <= Operation.Reply)
            {
                call.BeginRequest(1000).Clear();
                return call.SendAsync(1000);
            }

            MemoryAccess access = _operation == Operation.Put ? MemoryAccess.RemoteWrite : MemoryAccess.RemoteRead;
            BulkSegment[] segments = [new(_client.Address, 700_000), new(_client.Address + 700_000, Bytes - 700_000)];
            region = call.Context.TryRentBulk(segments, access)!;
            ExposedBulk exposed = call.Expose(region, [_ranks.Third]);
            if (!exposed.IsValid)
            {
                call.BeginRequest(0);
                call.Cancel();
                return call.SendAsync(0);
            }

            call.Write(exposed, call.BeginRequest(exposed.SizeBytes));
            return call.SendAsync(exposed.SizeBytes);
        }
    }
}
