using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Store.Arenas;

/// <summary>
/// A copy of a small arena to which only recorded ranges are applied: when both differ, somebody wrote outside a transaction's ranges.
/// Costs a comparison of the whole arena per transaction; tests only. Owned by one owner thread.
/// </summary>
internal sealed unsafe class ArenaShadow : IDisposable
{
    private readonly Arena _arena;
    private readonly NativeSlab _copy;

    internal ArenaShadow(Arena arena)
    {
        _arena = arena;
        _copy = new NativeSlab((long)arena.CapacityBytes);
        Buffer.MemoryCopy(arena.Base, _copy.Address, _copy.LengthBytes, (long)arena.UsedBytes);
    }

    /// <summary>Copies the recorded ranges, as recovery would.</summary>
    internal void Apply(TransactionRange* ranges, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Unsafe.CopyBlockUnaligned(_copy.Address + ranges[i].Offset, _arena.Base + ranges[i].Offset, (uint)ranges[i].LengthBytes);
        }
    }

    /// <summary>Writes the same to the copy.</summary>
    internal void Fill(ulong offset, int lengthBytes, byte value) => new Span<byte>(_copy.Address + offset, lengthBytes).Fill(value);

    /// <summary>Throws <see cref="InvariantException"/> with the first offset at which arena and copy differ.</summary>
    internal void Compare()
    {
        int used = checked((int)_arena.UsedBytes);
        var arena = new ReadOnlySpan<byte>(_arena.Base, used);
        int same = arena.CommonPrefixLength(new ReadOnlySpan<byte>(_copy.Address, used));
        if (same != used)
        {
            throw new InvariantException($"byte {same} of the arena was changed outside every recorded range");
        }
    }

    /// <summary>Frees the copy.</summary>
    public void Dispose() => _copy.Dispose();
}
