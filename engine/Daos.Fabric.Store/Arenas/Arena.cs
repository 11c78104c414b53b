using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Arenas;

/// <summary>
/// A shard's metadata: native memory addressed by 64-bit offsets. Its range of addresses is reserved once and committed as it grows, so
/// pointers stay valid as long as the arena lives; code that awaits still keeps offsets only. Changes go through a
/// <see cref="LocalTransaction"/>. Owned by one owner thread.
/// </summary>
internal sealed unsafe class Arena : IDisposable
{
    /// <summary>The offset that names nothing.</summary>
    internal const ulong Null = 0;

    /// <summary>Slabs start here; below lie the header's page and nothing else.</summary>
    internal const ulong FirstSlab = SizeClasses.SmallSlabBytes;

    private const ulong CommitStepBytes = 4 << 20;

    private readonly VirtualMemory _memory;
    private readonly byte* _base;
    private ulong _committedBytes;

    private Arena(VirtualMemory memory)
    {
        _memory = memory;
        _base = memory.Address;
        Releaser = new ArenaReleaser(this, memory);
    }

    /// <summary>The header, in the arena's first page.</summary>
    internal ArenaHeaderDf* Header => (ArenaHeaderDf*)_base;

    /// <summary>The first byte, for the log and the checkpoint.</summary>
    internal byte* Base => _base;

    /// <summary>Bytes carved into slabs so far, header included.</summary>
    internal ulong UsedBytes => Header->UsedBytes;

    /// <summary>Bytes in blocks that are in use, rounded up to their classes.</summary>
    internal ulong LiveBytes { get; set; }

    /// <summary>Of the bytes carved into slabs those that may take memory: all but the released ones.</summary>
    internal ulong BackedBytes => UsedBytes - Releaser.ReleasedBytes;

    /// <summary>The largest size it can reach.</summary>
    internal ulong CapacityBytes { get; private set; }

    /// <summary>The largest capacity that it can be given while it lives.</summary>
    internal ulong LimitBytes => _memory.ReservedBytes;

    /// <summary>Kept back for transactions that free space, so that a full store can still be emptied.</summary>
    internal ulong ReleaseReserveBytes { get; private set; }

    /// <summary>Gives the memory behind free slabs back.</summary>
    internal ArenaReleaser Releaser { get; }

    /// <summary>Tests only: which requests for memory fail.</summary>
    private Func<AllocationKind, bool>? OnAllocate { get; init; }

    /// <summary>Asked before the arena grows; null when nothing is to be backed.</summary>
    internal IArenaBacking? Backing { get; set; }

    /// <summary>Pages changed since the last checkpoint; null when none is ever made.</summary>
    internal DirtyPages? Dirty { get; private set; }

    /// <summary>Pages of an arena that has grown to its end.</summary>
    internal long PagesMax => (long)LimitBytes / DirtyPages.PageBytes;

    /// <summary>Reserves the range and writes an empty header. DER_NOMEM when the address space does not suffice.</summary>
    /// <param name="capacityBytes">The largest size it can reach.</param>
    /// <param name="limitBytes">The largest capacity that it can be given later.</param>
    /// <param name="onAllocate">Tests only: which requests for memory fail.</param>
    internal static DerResult<Arena> Create(ulong capacityBytes, ulong limitBytes = 0, Func<AllocationKind, bool>? onAllocate = null)
    {
        DerResult<Arena> result = Reserve(capacityBytes, limitBytes, onAllocate);
        if (result.IsSuccess)
        {
            ArenaHeaderDf* header = result.Value.Header;
            header->Magic = ArenaHeaderDf.MagicValue;
            header->Version = ArenaHeaderDf.VersionValue;
            header->UsedBytes = FirstSlab;
        }

        return result;
    }

    /// <summary>Reserves the range and leaves it zero, for a checkpoint to be loaded into.</summary>
    /// <param name="capacityBytes">The largest size it can reach.</param>
    /// <param name="limitBytes">The largest capacity that it can be given later.</param>
    /// <param name="onAllocate">Tests only: which requests for memory fail.</param>
    internal static DerResult<Arena> Reserve(ulong capacityBytes, ulong limitBytes = 0, Func<AllocationKind, bool>? onAllocate = null)
    {
        if (AllocationProbe.Refuses(onAllocate, AllocationKind.Memory))
        {
            return DerCode.NoMemory;
        }

        ulong rounded = Rounded(capacityBytes);
        DerResult<VirtualMemory> memory = VirtualMemory.Reserve(Math.Max(rounded, Rounded(limitBytes)));
        if (!memory.IsSuccess && Rounded(limitBytes) > rounded)
        {
            // Where reserving takes memory, room to grow into later is not worth a failure.
            memory = VirtualMemory.Reserve(rounded);
        }

        if (!memory.IsSuccess)
        {
            return memory.Code;
        }

        memory.Value.PreferHugePages();
        var arena = new Arena(memory.Value) { OnAllocate = onAllocate };
        arena.SetCapacity(rounded);
        if (!arena.TryCommit(arena.CommitTarget(FirstSlab)))
        {
            arena.Dispose();
            return DerCode.NoMemory;
        }

        return arena;
    }

    /// <summary>It may grow further from now on; within <see cref="LimitBytes"/>.</summary>
    internal void RaiseCapacity(ulong bytes)
    {
        ulong rounded = Rounded(bytes);
        Invariant.Check(rounded <= LimitBytes);
        SetCapacity(Math.Max(rounded, CapacityBytes));
    }

    /// <summary>From now on changed pages are marked.</summary>
    internal DirtyPages TrackPages() => Dirty ??= new DirtyPages(PagesMax);

    /// <summary>The address of a piece; an offset that leads outside stops the shard (<see cref="InvariantException"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte* At(ulong offset, long lengthBytes)
    {
        // Unsigned: an offset below the first slab wraps to a huge number and fails the same comparison.
        ulong available = _committedBytes - FirstSlab;
        if (offset - FirstSlab > available || (ulong)lengthBytes > available - (offset - FirstSlab))
        {
            ThrowOutside(offset, lengthBytes);
        }

        return _base + offset;
    }

    /// <summary>The address of a structure, checked in the same way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T* At<T>(ulong offset)
        where T : unmanaged => (T*)At(offset, sizeof(T));

    /// <summary>Where one of the 16 root words lies; to be changed through <see cref="LocalTransaction.ModifyRoot"/>.</summary>
    internal static ulong RootOffset(int slot)
    {
        Invariant.Check((uint)slot < ArenaHeaderDf.RootsMax);
        return 64 + ((ulong)slot * sizeof(ulong));
    }

    /// <summary>The value of a root word.</summary>
    internal ulong Root(int slot) => *(ulong*)(_base + RootOffset(slot));

    /// <summary>Makes the first bytes touchable and backed by media; false for want of either.</summary>
    internal bool TryGrow(ulong bytes)
    {
        if (bytes <= _committedBytes)
        {
            return true;
        }

        ulong target = CommitTarget(bytes);
        return bytes <= CapacityBytes && (Backing is null || Backing.TryBack(target)) && TryCommit(target);
    }

    /// <summary>Bytes that may be touched, all of them backed.</summary>
    internal ulong CommittedBytes => _committedBytes;

    /// <summary>The address of a range that was recorded or is about to be, header included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte* Raw(ulong offset, long lengthBytes)
    {
        if (offset > _committedBytes || (ulong)lengthBytes > _committedBytes - offset)
        {
            ThrowOutside(offset, lengthBytes);
        }

        return _base + offset;
    }

    /// <summary>Frees the memory; no pointer into it may be used afterwards.</summary>
    public void Dispose()
    {
        Dirty?.Dispose();
        Releaser.Dispose();
        _memory.Dispose();
    }

    private static ulong Rounded(ulong bytes) => Math.Max(bytes, 2 * FirstSlab) / FirstSlab * FirstSlab;

    private void SetCapacity(ulong bytes)
    {
        CapacityBytes = bytes;
        ReleaseReserveBytes = Math.Min(bytes / 16, 16 << 20) / FirstSlab * FirstSlab;
    }

    private ulong CommitTarget(ulong bytes) => Math.Min((bytes + CommitStepBytes - 1) / CommitStepBytes * CommitStepBytes, CapacityBytes);

    private bool TryCommit(ulong bytes)
    {
        if (AllocationProbe.Refuses(OnAllocate, AllocationKind.Memory) || _memory.CommitTo(bytes).IsError)
        {
            return false;
        }

        _committedBytes = _memory.CommittedBytes;
        return true;
    }

    private static void ThrowOutside(ulong offset, long lengthBytes) =>
        throw new InvariantException($"offset {offset} with {lengthBytes} bytes lies outside the arena");
}
