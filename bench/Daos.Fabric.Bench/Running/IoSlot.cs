using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Bench.Running;

/// <summary>One of a job's operations in flight: its buffers, and what it does now. Owned by whoever runs the slot.</summary>
internal sealed unsafe class IoSlot
{
    private readonly OwnedBuffer _write;
    private readonly OwnedBuffer _read;

    internal IoSlot(int index, OwnedBuffer write, OwnedBuffer read, int blockBytes, SeededRandom random)
    {
        Index = index;
        BlockBytes = blockBytes;
        _write = write;
        _read = read;
        random.Fill(new Span<byte>(write.Address, blockBytes));
        WriteMemory = write.Memory[..blockBytes];
        ReadMemory = read.Memory[..blockBytes];
    }

    internal int Index { get; }

    internal int BlockBytes { get; }

    /// <summary>What the engine holds for the operation under way.</summary>
    internal object? Held { get; set; }

    /// <summary>Incompressible bytes to write; the stamp is set before every write.</summary>
    internal Memory<byte> WriteMemory { get; }

    /// <summary>Where reads land.</summary>
    internal Memory<byte> ReadMemory { get; }

    internal byte* WriteAddress => _write.Address;

    internal byte* ReadAddress => _read.Address;

    internal Span<byte> WriteSpan => new(_write.Address, BlockBytes);

    internal Span<byte> ReadSpan => new(_read.Address, BlockBytes);
}
