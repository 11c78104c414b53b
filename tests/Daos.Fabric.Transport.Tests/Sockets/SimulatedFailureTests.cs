using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Transport.Tests.Sockets;

/// <summary>Connections that break at any moment of messages and transfers: everything pending ends, nothing leaks, no byte is wrong.</summary>
public sealed unsafe class SimulatedFailureTests
{
    private const int Length = 700_000;

    [Theory]
    [InlineData(0.02, 0)]
    [InlineData(0, 0.02)]
    [InlineData(0.01, 0.01)]
    public void Transfers_ConnectionsBreak_EveryOneEndsAndSuccessMeansTheBytesAreThere(double resets, double losses)
    {
        int broken = 0;
        int succeeded = 0;
        for (ulong seed = 1; seed <= 40; seed++)
        {
            using var pair = new SimulatedPair(seed, "tcp://127.0.0.1:0");
            pair.Connect();
            pair.World.Network.Options.ResetChance = resets;
            pair.World.Network.Options.LossChance = losses;
            using var remote = new NativeBlock(4 * Length);
            using var local = new NativeBlock(4 * Length);
            Pair.Pattern((int)seed, 2 * Length).CopyTo(remote.Span);
            Pair.Pattern((int)seed + 1000, 2 * Length).CopyTo(local.Span[(2 * Length)..]);
            List<(Task<DerCode> Task, int At, bool Read)> transfers = StartTransfers(pair, remote, local);
            pair.RunUntil(() => transfers.All(t => t.Task.IsCompleted), $"seed {seed}: the end of all transfers");
            foreach ((Task<DerCode> task, int at, _) in transfers)
            {
                broken += task.Result.IsError ? 1 : 0;
                succeeded += task.Result.IsSuccess ? 1 : 0;
                Assert.True(task.Result.IsError || local.Span.Slice(at, Length).SequenceEqual(remote.Span.Slice(at, Length)), $"seed {seed}");
                Assert.True(task.Result.IsSuccess || task.Result == DerCode.Unreachable, $"seed {seed}: {task.Result}");
            }

            Assert.True(remote.GuardsIntact && local.GuardsIntact);
        }

        Assert.True(broken > 20 && succeeded > 20, $"{broken} broken, {succeeded} succeeded: the chances test nothing");
    }

    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Transfer_PeerDiesInTheMiddle_EndsWithUnreach(CrashKind kind)
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using var world = new CrashedPair(seed);
            SimulatedPair pair = world.Pair;
            using var remote = new NativeBlock(8_000_000);
            using var local = new NativeBlock(8_000_000);
            remote.Span.Fill(1);
            RemoteMemory memory = default;
            pair.On(pair.ClientLoop, () => memory = pair.Client.Register(pair.Near, remote.Address, remote.LengthBytes, MemoryAccess.RemoteRead));
            Task<DerCode> read = pair.Begin(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, local.Address, local.LengthBytes));
            pair.RunUntil(() => local.Span[1_000_000] != 0, "the first megabyte");
            Assert.False(read.IsCompleted);
            pair.ClientNode.Crash(kind);
            pair.RunUntil(() => read.IsCompleted, $"seed {seed}: the end of the read");
            Assert.Equal(DerCode.Unreachable, read.Result);
            pair.RunUntil(() => pair.ServerHandler.Closed.Count == 1, "the end of the connection");
        }
    }

    [Fact]
    public void Deregister_AtRandomMoments_NoByteMovesAfterItIsSafe()
    {
        int refused = 0;
        for (ulong seed = 1; seed <= 60; seed++)
        {
            using var pair = new SimulatedPair(seed, "tcp://127.0.0.1:0");
            pair.Connect();
            bool read = seed % 2 == 0;
            using var remote = new NativeBlock(1_500_000);
            using var local = new NativeBlock(1_500_000);
            local.Span.Fill(9);
            remote.Span.Fill(7);
            RemoteMemory memory = default;
            pair.On(pair.ClientLoop, () => memory = pair.Client.Register(
                pair.Near, remote.Address, remote.LengthBytes, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite));
            Task<DerCode> task = pair.Begin(pair.ServerLoop, () => read
                ? pair.Far.ReadRemoteAsync(memory, 0, local.Address, local.LengthBytes)
                : pair.Far.WriteRemoteAsync(memory, 0, local.Address, local.LengthBytes));
            for (int i = pair.World.Random.Next(400); i > 0; i--)
            {
                pair.World.Step();
            }

            var safe = new Flag();
            pair.On(pair.ClientLoop, () => safe.IsSet = pair.Client.Deregister(pair.Near, memory, safe));
            pair.RunUntil(() => safe.IsSet, "the memory's release");
            byte[] before = remote.Span.ToArray();
            remote.Span.Fill(0x33);
            pair.RunUntil(() => task.IsCompleted, "the transfer's end");
            Assert.False(remote.Span.ContainsAnyExcept((byte)0x33), $"seed {seed}: written after its release");
            if (task.Result.IsSuccess)
            {
                Assert.False((read ? local.Span : before).ContainsAnyExcept(read ? (byte)7 : (byte)9), $"seed {seed}: success without the bytes");
            }
            else
            {
                refused++;
                Assert.Equal(DerCode.NoPerm, task.Result);
                Assert.False(local.Span.Contains((byte)0x33), $"seed {seed}: read after its release");
            }

            Assert.True(
                pair.Near.IsOpen && pair.Far.IsOpen,
                $"seed {seed}: {string.Join(',', pair.ClientHandler.Closed)} {string.Join(',', pair.ServerHandler.Closed)}");
        }

        Assert.InRange(refused, 5, 55);
    }

    private static List<(Task<DerCode> Task, int At, bool Read)> StartTransfers(SimulatedPair pair, NativeBlock remote, NativeBlock local)
    {
        RemoteMemory memory = default;
        pair.On(pair.ClientLoop, () => memory = pair.Client.Register(
            pair.Near, remote.Address, remote.LengthBytes, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite));
        var transfers = new List<(Task<DerCode>, int, bool)>();
        for (int i = 0; i < 4; i++)
        {
            int at = i * Length;
            bool read = i < 2;
            transfers.Add((
                pair.Begin(pair.ServerLoop, () => read
                    ? pair.Far.ReadRemoteAsync(memory, at, local.Address + at, Length)
                    : pair.Far.WriteRemoteAsync(memory, at, local.Address + at, Length)),
                at,
                read));
            pair.Send(pair.Near, [1, 2, 3]);
            pair.Send(pair.Far, [1, 2, 3]);
        }

        return transfers;
    }

    private sealed class Flag : WorkItem
    {
        internal bool IsSet { get; set; }

        protected override void Execute() => IsSet = true;
    }

    // The crashed process's memory is gone with it: only the survivor is taken down in order.
    private sealed class CrashedPair : IDisposable
    {
        internal CrashedPair(ulong seed)
        {
            Pair = new SimulatedPair(seed, "tcp://127.0.0.1:0");
            Pair.Connect();
        }

        internal SimulatedPair Pair { get; }

        public void Dispose()
        {
            Pair.Server.Dispose();
            Pair.World.RunFor(1_000_000_000);
            Assert.Equal("", ((Transport.Sockets.SocketContext)Pair.Server).DescribeHeld());
        }
    }
}
