using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Simulation.Tests.Faults;

/// <summary>A file on a simulated disk that meets a media fault; what the store makes of them is the matter of its own tests.</summary>
internal static class MediaScenarios
{
    private const int Bytes = 4096;

    /// <summary>The flush says that it was done, and a power cut then may take what was written.</summary>
    internal static FaultRegistry FlushIgnored()
    {
        int lost = 0;
        FaultRegistry? last = null;
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var world = new SimulatedWorld(seed);
            SimulatedNode node = world.AddNode("disk");
            OwnerLoop loop = node.AddLoop("loop");
            using var slab = new NativeSlab(2 * Bytes);
            int file = node.Files.Create("/f", 1 << 20, FileAccessMode.Direct).Value;
            last = node.Faults;
            last.Arm(FaultPoint.MediaFlushIgnored, timesMax: 1);
            Fill(slab, 7);
            Assert.Equal(Bytes, Write(world, loop, slab, file));
            Assert.Equal(0, Run(world, loop, op => loop.Reactor.FlushFile(file, op)));
            node.Crash(CrashKind.Power);
            node.PowerOn();
            loop = node.AddLoop("again");
            file = node.Files.Open("/f", FileAccessMode.Direct).Value;
            Fill(slab, 0);
            Assert.Equal(Bytes, Read(world, loop, slab, file));
            lost += First(slab) == 7 ? 0 : 1;
        }

        Assert.InRange(lost, 1, 19);
        return last!;
    }

    /// <summary>One write fails with that errno, and the next one does not.</summary>
    internal static FaultRegistry WriteFails(FaultPoint point, int errno)
    {
        var world = new SimulatedWorld(1);
        SimulatedNode node = world.AddNode("disk");
        OwnerLoop loop = node.AddLoop("loop");
        using var slab = new NativeSlab(2 * Bytes);
        int file = node.Files.Create("/f", 1 << 20, FileAccessMode.Direct).Value;
        node.Faults.Arm(point, timesMax: 1);
        Assert.Equal(-errno, Write(world, loop, slab, file));
        Assert.Equal(Bytes, Write(world, loop, slab, file));
        return node.Faults;
    }

    private static unsafe void Fill(NativeSlab slab, byte value) => new Span<byte>(slab.Address, Bytes).Fill(value);

    private static unsafe byte First(NativeSlab slab) => slab.Address[0];

    private static unsafe int Write(SimulatedWorld world, OwnerLoop loop, NativeSlab slab, int file) =>
        Run(world, loop, op => loop.Reactor.WriteFile(file, slab.Address, Bytes, 0, WriteMode.Plain, op));

    private static unsafe int Read(SimulatedWorld world, OwnerLoop loop, NativeSlab slab, int file) =>
        Run(world, loop, op => loop.Reactor.ReadFile(file, slab.Address, Bytes, 0, op));

    private static int Run(SimulatedWorld world, OwnerLoop loop, Action<ReactorOperation> start)
    {
        var operation = new OneOperation();
        world.On(loop, () => start(operation));
        Assert.True(world.RunUntil(() => operation.Result is not null));
        return operation.Result!.Value;
    }

    private sealed class OneOperation : ReactorOperation
    {
        internal int? Result { get; private set; }

        protected internal override void Complete(int result, bool more) => Result = result;
    }
}
