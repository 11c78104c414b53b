using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Reactor.Tests.Simulated;

/// <summary>One node with one file of 64 blocks, read and written in whole blocks.</summary>
internal sealed unsafe class OneFile : IDisposable
{
    internal const int Block = 4096;
    internal const string Path = "/f";

    private readonly NativeSlab _slab = new(64 * Block);
    private OwnerLoop _loop;
    private int _file;

    internal OneFile(ulong seed = 1)
    {
        World = new SimulatedWorld(seed);
        Node = World.AddNode("n");
        _loop = Node.AddLoop("loop");
        _file = Node.Files.Create(Path, 64 * Block, FileAccessMode.Direct).Value;
    }

    internal SimulatedWorld World { get; }

    internal SimulatedNode Node { get; }

    internal SimulatedDisk Disk => Node.Disk;

    public void Dispose() => _slab.Dispose();

    internal void PowerCut()
    {
        Node.Crash(CrashKind.Power);
        Node.PowerOn();
        _loop = Node.AddLoop("again");
        _file = Node.Files.Open(Path, FileAccessMode.Direct).Value;
    }

    internal int Write(int block, int count, byte value, WriteMode mode = WriteMode.Plain) => Finish(StartWrite(block, count, value, mode));

    internal RecordingOperation StartWrite(int block, int count, byte value, WriteMode mode = WriteMode.Plain)
    {
        new Span<byte>(_slab.Address, count * Block).Fill(value);
        return Start(op => _loop.Reactor.WriteFile(_file, _slab.Address, count * Block, (long)block * Block, mode, op));
    }

    internal int Flush() => Finish(Start(op => _loop.Reactor.FlushFile(_file, op)));

    internal (int Result, byte[] Bytes) Read(int block, int count)
    {
        int result = Finish(Start(op => _loop.Reactor.ReadFile(_file, _slab.Address, count * Block, (long)block * Block, op)));
        return (result, new Span<byte>(_slab.Address, count * Block).ToArray());
    }

    internal byte[] Content(int block, int count)
    {
        (int result, byte[] bytes) = Read(block, count);
        Assert.Equal(count * Block, result);
        return bytes;
    }

    private int Finish(RecordingOperation operation)
    {
        Assert.True(World.RunUntil(() => operation.IsDone));
        return operation.Result;
    }

    private RecordingOperation Start(Action<ReactorOperation> start)
    {
        var operation = new RecordingOperation();
        World.On(_loop, () => start(operation));
        return operation;
    }
}
