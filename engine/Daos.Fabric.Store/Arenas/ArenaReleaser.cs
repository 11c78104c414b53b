using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Store.Arenas;

/// <summary>
/// Gives the memory behind free slabs back to the system, so that what the process takes follows what the store holds. Only a free slab's
/// first page, with its header, stays: what lies behind means nothing to anybody, on media or in memory, and a slab that is taken into use
/// again gets fresh memory when it is touched. Goes through the slabs in steps, since their bounds never change. Owned by one owner thread.
/// </summary>
internal sealed unsafe class ArenaReleaser : IDisposable
{
    // Less than this is not worth giving back: it will be used again soon.
    private const ulong WorthwhileBytes = 8 << 20;

    // A round looks at every slab: where blocks in use are scattered it would find nothing again and again.
    private const long RoundIntervalNs = 10_000_000_000;

    private readonly Arena _arena;
    private readonly VirtualMemory _memory;
    private readonly NativeTable<ulong> _released;
    private ulong _cursor = Arena.FirstSlab;
    private long _nextRoundNs = long.MinValue;

    internal ArenaReleaser(Arena arena, VirtualMemory memory)
    {
        _arena = arena;
        _memory = memory;
        _released = new NativeTable<ulong>((long)(memory.ReservedBytes / SizeClasses.SmallSlabBytes / 64) + 1);
    }

    /// <summary>Bytes of slabs that take no memory.</summary>
    internal ulong ReleasedBytes { get; private set; }

    /// <summary>Tests only: told of each range that reads as zeros from now on.</summary>
    internal Action<ulong, int>? OnReleased { get; set; }

    private ulong FreeBackedBytes => _arena.BackedBytes > _arena.LiveBytes ? _arena.BackedBytes - _arena.LiveBytes : 0;

    // Room for what comes next stays backed: a quarter of what is in use.
    private ulong KeptBytes => Math.Max(WorthwhileBytes, _arena.LiveBytes / 4);

    /// <summary>True when a round may bring something: much is backed without use, and the last round was a while ago.</summary>
    internal bool IsWorthwhile(long nowNs) => FreeBackedBytes > KeptBytes + WorthwhileBytes && nowNs >= _nextRoundNs;

    /// <summary>A round begins.</summary>
    internal void BeginRound(long nowNs) => _nextRoundNs = nowNs + RoundIntervalNs;

    /// <summary>
    /// Looks at the next slabs. No transaction may be open. False at the end of a round: when all were looked at, or little is left to give
    /// back.
    /// </summary>
    /// <param name="slabs">How many, about 0.1 us each, and 5 us for one that is given back.</param>
    internal bool Step(int slabs)
    {
        for (int i = 0; i < slabs; i++)
        {
            if (_cursor >= _arena.UsedBytes || FreeBackedBytes <= KeptBytes)
            {
                _cursor = Arena.FirstSlab;
                return false;
            }

            SlabHeaderDf* header = _arena.At<SlabHeaderDf>(_cursor);
            Invariant.Check(header->Magic == SlabHeaderDf.MagicValue);
            int slabBytes = SizeClasses.SlabBytesOf(header->Class);
            if (header->State == SlabState.Free && !IsReleased(_cursor))
            {
                Release(_cursor, slabBytes);
            }

            _cursor += (ulong)slabBytes;
        }

        return true;
    }

    /// <summary>A free slab comes into use.</summary>
    internal void NoteTaken(ulong slab, int slabBytes)
    {
        if (IsReleased(slab))
        {
            Flip(slab);
            ReleasedBytes -= BodyBytes(slabBytes);
        }
    }

    /// <summary>Frees the table.</summary>
    public void Dispose() => _released.Dispose();

    private static ulong BodyBytes(int slabBytes) => (ulong)slabBytes - VirtualMemory.PageBytes;

    private void Release(ulong slab, int slabBytes)
    {
        ulong body = slab + VirtualMemory.PageBytes;
        if (_memory.TryRelease(body, BodyBytes(slabBytes)))
        {
            Flip(slab);
            ReleasedBytes += BodyBytes(slabBytes);
            OnReleased?.Invoke(body, (int)BodyBytes(slabBytes));
        }
    }

    private bool IsReleased(ulong slab)
    {
        ulong index = slab / SizeClasses.SmallSlabBytes;
        return (_released[(long)(index / 64)] >> (int)(index % 64) & 1) != 0;
    }

    private void Flip(ulong slab)
    {
        ulong index = slab / SizeClasses.SmallSlabBytes;
        _released[(long)(index / 64)] ^= 1UL << (int)(index % 64);
    }
}
