using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Journal;

/// <summary>A piece of the log file in memory, or on its way there. Owned by one owner thread.</summary>
internal sealed class LogPiece(MediaFile file, long capacityBytes) : IDisposable
{
    // In large pages a read of 4 MiB is one request for the device; from scattered ones it is split, and the processor that replays does that.
    private readonly NativeSlab _memory = new(capacityBytes, preferHugePages: true);
    private readonly IoGroup _reads = new(file.Loop);
    private DerCode _code;

    /// <summary>The first byte.</summary>
    internal unsafe byte* Address => _memory.Address;

    /// <summary>Where it lies in the file.</summary>
    internal long Start { get; private set; }

    /// <summary>Its bytes.</summary>
    internal int Length { get; private set; }

    /// <summary>Starts reading; nothing may be under way.</summary>
    internal void Read(long start, int length)
    {
        Start = start;
        Length = length;
        _reads.Add(ReadAsync());
    }

    /// <summary>Completes when the device no longer writes into the memory, with what became of the newest read.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> WaitAsync()
    {
        await _reads.WaitAllAsync();
        return _code;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _memory.Dispose();

    // A failed one of before must not stick.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> ReadAsync()
    {
        _code = await file.ReadAsync(AddressOf(), Length, Start);
        return DerCode.Success;
    }

    private unsafe nint AddressOf() => (nint)_memory.Address;
}
