using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Faults;
using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Reactor.Tests.Simulated;

public sealed unsafe class PowerCutTests : IDisposable
{
    private const int Block = 4096;

    private readonly SimulatedWorld _world = new(1);
    private readonly SimulatedNode _node;
    private readonly NativeSlab _slab = new(64 * Block);
    private OwnerLoop _loop;
    private int _file;

    public PowerCutTests()
    {
        _node = _world.AddNode("n");
        _loop = _node.AddLoop("loop");
        _file = _node.Files.Create("/f", 1 << 20, FileAccessMode.Direct).Value;
    }

    public void Dispose() => _slab.Dispose();

    [Fact]
    public void PowerCut_AfterCompletedFlush_KeepsEveryByte()
    {
        Write(0, 8, 1, WriteMode.Plain);
        Flush();
        CutAndRestart();
        Assert.All(Read(0, 8).ToArray(), b => Assert.Equal(1, b));
    }

    [Fact]
    public void PowerCut_AfterDurableWrite_KeepsItOverAnOlderUnflushedOne()
    {
        for (int i = 0; i < 20; i++)
        {
            Write(0, 8, 1, WriteMode.Plain);
            Write(2, 2, (byte)(10 + i), WriteMode.Durable);
            CutAndRestart();
            Assert.All(Read(2, 2).ToArray(), b => Assert.Equal(10 + i, b));
        }
    }

    [Fact]
    public void PowerCut_WithoutFlush_KeepsSomeImagesWholeSomeEmptySomeTornAtSectors()
    {
        Write(0, 8, 7, WriteMode.Plain);
        DiskImage image = _node.Disk.Capture();
        Assert.Equal(1, image.UnflushedCount);
        int empty = 0, whole = 0, torn = 0;
        for (ulong seed = 0; seed < 200; seed++)
        {
            byte[] content = ContentAfterCut(image, seed);
            for (int sector = 0; sector < content.Length; sector += 512)
            {
                Assert.Single(content.AsSpan(sector, 512).ToArray().Distinct());
            }

            int kept = content.Count(b => b == 7);
            _ = kept == 0 ? empty++ : kept == content.Length ? whole++ : torn++;
        }

        Assert.True(empty > 20 && whole > 20 && torn > 20, $"{empty} {whole} {torn}");
    }

    [Fact]
    public void PowerCut_TwoUnflushedWrites_MayKeepTheSecondAndLoseTheFirst()
    {
        Write(0, 1, 1, WriteMode.Plain);
        Write(1, 1, 2, WriteMode.Plain);
        DiskImage image = _node.Disk.Capture();
        Assert.Contains(Enumerable.Range(0, 100), seed =>
        {
            byte[] content = ContentAfterCut(image, (ulong)seed);
            return content[0] == 0 && content[Block] == 2;
        });
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(500_000)]
    public void PowerCut_FlushStartedBeforeCompletionWasDelivered_DoesNotCoverTheWrite(long flushNs)
    {
        // The write reaches the file just before the flush does its work, or long before.
        SimulatedDiskOptions options = _node.Disk.Options;
        options.SlowChance = 0;
        options.LatencyMinNs = options.LatencyMaxNs = 10_000;
        options.FlushMinNs = options.FlushMaxNs = flushNs;
        var write = new RecordingOperation();
        var flush = new RecordingOperation();
        new Span<byte>(_slab.Address, Block).Fill(9);
        _world.On(_loop, () =>
        {
            _loop.Reactor.WriteFile(_file, _slab.Address, Block, 0, WriteMode.Plain, write);
            _loop.Reactor.FlushFile(_file, flush);
        });
        Assert.True(_world.RunUntil(() => write.IsDone && flush.IsDone));
        Assert.Equal(1, _node.Disk.UnflushedCount);
    }

    [Fact]
    public void PowerCut_FlushIgnored_LosesAcknowledgedWrites()
    {
        Assert.True(FaultRegistry.Enabled, "tests run with faults enabled");
        _node.Faults.Arm(FaultPoint.MediaFlushIgnored);
        Write(0, 1, 1, WriteMode.Plain);
        Flush();
        Write(1, 1, 2, WriteMode.Durable);
        DiskImage image = _node.Disk.Capture();
        Assert.Contains(Enumerable.Range(0, 50), seed => ContentAfterCut(image, (ulong)seed)[0] == 0);
        Assert.Contains(Enumerable.Range(0, 50), seed => ContentAfterCut(image, (ulong)seed)[Block] == 0);
    }

    [Fact]
    public void ProcessCrash_KeepsTheVolatileCache()
    {
        Write(0, 1, 5, WriteMode.Plain);
        _node.Crash(CrashKind.Process);
        Reopen();
        Assert.All(Read(0, 1).ToArray(), b => Assert.Equal(5, b));
        Assert.Equal(1, _node.Disk.UnflushedCount);
    }

    [Fact]
    public void Crash_WriteUnderWay_HappensOrNotAndNeverCompletes()
    {
        int happened = 0;
        for (int i = 1; i <= 40; i++)
        {
            var write = new RecordingOperation();
            new Span<byte>(_slab.Address, Block).Fill((byte)i);
            _world.On(_loop, () => _loop.Reactor.WriteFile(_file, _slab.Address, Block, 0, WriteMode.Plain, write));
            _node.Crash(CrashKind.Process);
            new Span<byte>(_slab.Address, Block).Fill(0xFF);
            Reopen();
            byte seen = Read(0, 1)[0];
            Assert.NotEqual(0xFF, seen);
            happened += seen == i ? 1 : 0;
            Assert.False(write.IsDone);
        }

        Assert.InRange(happened, 5, 35);
    }

    [Fact]
    public void Flush_OfTheNextProcess_CoversWhatTheDeadOneHadUnderWay()
    {
        int happened = 0;
        for (int i = 1; i <= 40; i++)
        {
            new Span<byte>(_slab.Address, Block).Fill((byte)i);
            _world.On(_loop, () => _loop.Reactor.WriteFile(_file, _slab.Address, Block, 0, WriteMode.Plain, new RecordingOperation()));
            _node.Crash(CrashKind.Process);
            Reopen();
            byte seen = Read(0, 1)[0];
            Flush();
            CutAndRestart();
            Assert.Equal(seen, Read(0, 1)[0]);
            happened += seen == i ? 1 : 0;
        }

        Assert.InRange(happened, 5, 35);
    }

    [Fact]
    public void Capture_IsNotChangedByLaterWrites()
    {
        Write(0, 1, 1, WriteMode.Durable);
        DiskImage image = _node.Disk.Capture();
        Write(0, 1, 2, WriteMode.Durable);
        Assert.Equal(1, ContentAfterCut(image, 3)[0]);
        Assert.Equal(2, Read(0, 1)[0]);
    }

    [Fact]
    public void FlushError_LaterFlushSucceeds_WritesMayStillBeLost()
    {
        int lost = 0;
        for (int i = 0; i < 20; i++)
        {
            Write(0, 1, (byte)(i + 1), WriteMode.Plain);
            _node.Disk.Options.FlushErrorChance = 1;
            Assert.Equal(-Errno.InputOutput, Run(op => _loop.Reactor.FlushFile(_file, op)));
            _node.Disk.Options.FlushErrorChance = 0;
            Flush();
            CutAndRestart();
            lost += Read(0, 1)[0] == i + 1 ? 0 : 1;
        }

        Assert.InRange(lost, 1, 19);
    }

    [Fact]
    public void Capacity_Exceeded_GivesNoSpaceAndReadsGoOn()
    {
        _node.Disk.Options.CapacityBytes = 2 << 20;
        Assert.Equal(Core.Errors.DerCode.NoSpace, _node.Files.Create("/big", 4 << 20, FileAccessMode.Direct).Code);
        Assert.Equal(Core.Errors.DerCode.NoSpace, _node.Files.Grow(_file, 3 << 20));
        Assert.Equal(-Errno.NoSpace, Run(op => _loop.Reactor.WriteFile(_file, _slab.Address, Block, 4 << 20, WriteMode.Plain, op)));
        Write(0, 1, 3, WriteMode.Durable);
        Assert.Equal(3, Read(0, 1)[0]);
    }

    private byte[] ContentAfterCut(DiskImage image, ulong seed)
    {
        var world = new SimulatedWorld(seed);
        SimulatedNode node = world.AddNode("other");
        node.Disk.Restore(image.AfterPowerCut(seed));
        OwnerLoop loop = node.AddLoop("loop");
        int file = node.Files.Open("/f", FileAccessMode.Direct).Value;
        var read = new RecordingOperation();
        world.On(loop, () => loop.Reactor.ReadFile(file, _slab.Address + (32 * Block), 8 * Block, 0, read));
        Assert.True(world.RunUntil(() => read.IsDone));
        return new Span<byte>(_slab.Address + (32 * Block), 8 * Block).ToArray();
    }

    private void CutAndRestart()
    {
        _node.Crash(CrashKind.Power);
        _node.PowerOn();
        Reopen();
    }

    private void Reopen()
    {
        _loop = _node.AddLoop("again");
        _file = _node.Files.Open("/f", FileAccessMode.Direct).Value;
    }

    private void Write(int block, int count, byte value, WriteMode mode)
    {
        new Span<byte>(_slab.Address, count * Block).Fill(value);
        int result = Run(op => _loop.Reactor.WriteFile(_file, _slab.Address, count * Block, (long)block * Block, mode, op));
        Assert.Equal(count * Block, result);
    }

    private void Flush() => Assert.Equal(0, Run(op => _loop.Reactor.FlushFile(_file, op)));

    private Span<byte> Read(int block, int count)
    {
        int result = Run(op => _loop.Reactor.ReadFile(_file, _slab.Address, count * Block, (long)block * Block, op));
        Assert.Equal(count * Block, result);
        return new Span<byte>(_slab.Address, count * Block);
    }

    private int Run(Action<ReactorOperation> start)
    {
        var operation = new RecordingOperation();
        _world.On(_loop, () => start(operation));
        Assert.True(_world.RunUntil(() => operation.IsDone));
        return operation.Result;
    }
}
