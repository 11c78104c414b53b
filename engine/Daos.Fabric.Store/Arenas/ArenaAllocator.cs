namespace Daos.Fabric.Store.Arenas;

/// <summary>
/// Blocks by size class from slabs, in constant time. All its state lies in the arena and changes through the transaction, so recovery
/// needs nothing else. Owned by one owner thread.
/// </summary>
/// <remarks>
/// A slab is Free, Partial (in its class's list) or Full (in no list). The last Partial slab of a class stays when it empties, so that
/// one block going back and forth does not move slabs.
/// </remarks>
internal sealed unsafe class ArenaAllocator(Arena arena, LocalTransaction transaction)
{
    private const ulong SmallSlab = SizeClasses.SmallSlabBytes;
    private const ulong LargeSlab = SizeClasses.LargeSlabBytes;

    /// <summary>Takes a block; 0 when the arena is full. The block is recorded whole and zeroed.</summary>
    internal ulong Allocate(int sizeBytes, bool useReserve)
    {
        int sizeClass = SizeClasses.Of(sizeBytes);
        ulong slab = arena.Header->Classes[sizeClass];
        if (slab == Arena.Null)
        {
            slab = TakeSlab(sizeClass, useReserve);
            if (slab == Arena.Null)
            {
                return Arena.Null;
            }
        }

        int blockBytes = SizeClasses.BytesOf(sizeClass);
        SlabHeaderDf* header = HotOf(slab);
        uint inSlab = header->FirstFree;
        if (inSlab != 0)
        {
            Invariant.Check(inSlab >= SlabHeaderDf.SizeBytes && inSlab < (uint)SizeClasses.SlabBytesOf(sizeClass));
            header->FirstFree = *(uint*)arena.At(slab + inSlab, sizeof(uint));
        }
        else
        {
            inSlab = header->Fresh;
            header->Fresh += (uint)blockBytes;
        }

        header->Used++;
        Invariant.Check(header->Used <= header->Capacity);
        if (header->Used == header->Capacity)
        {
            Unlink(slab, sizeClass);
            StateOf(slab)->State = SlabState.Full;
        }

        ulong offset = slab + inSlab;
        new Span<byte>(transaction.Modify(offset, blockBytes), blockBytes).Clear();
        return offset;
    }

    /// <summary>Gives a block back.</summary>
    internal void Free(ulong offset, int sizeBytes)
    {
        int sizeClass = SizeClasses.Of(sizeBytes);
        ulong slabBytes = (ulong)SizeClasses.SlabBytesOf(sizeClass);
        ulong slab = offset & ~(slabBytes - 1);
        SlabHeaderDf* header = HotOf(slab);
        Invariant.Check(header->Magic == SlabHeaderDf.MagicValue);
        Invariant.Check(header->Class == sizeClass);
        Invariant.Check(header->Used > 0);
        uint inSlab = (uint)(offset - slab);
        CheckBlock(inSlab, sizeClass, header);
        *(ulong*)transaction.Modify(offset, sizeof(ulong)) = header->FirstFree;
        header->FirstFree = inSlab;
        header->Used--;
        if (header->Used == header->Capacity - 1)
        {
            Link(slab, sizeClass);
            StateOf(slab)->State = SlabState.Partial;
        }

        if (header->Used == 0 && (header->Previous != Arena.Null || header->Next != Arena.Null))
        {
            Unlink(slab, sizeClass);
            PutSlab(slab, (int)slabBytes);
        }
    }

    /// <summary>Bytes of blocks in use, counted from the slabs; for the opening of a shard and for tests.</summary>
    internal static ulong CountLiveBytes(Arena arena)
    {
        ulong live = 0;
        for (ulong slab = Arena.FirstSlab; slab < arena.UsedBytes;)
        {
            SlabHeaderDf* header = arena.At<SlabHeaderDf>(slab);
            Invariant.Check(header->Magic == SlabHeaderDf.MagicValue);
            Invariant.Check(header->Class < SizeClasses.Count);
            live += header->State == SlabState.Free ? 0 : (ulong)SizeClasses.BytesOf(header->Class) * header->Used;
            slab += (ulong)SizeClasses.SlabBytesOf(header->Class);
        }

        return live;
    }

    private static void CheckBlock(uint inSlab, int sizeClass, SlabHeaderDf* header)
    {
        Invariant.Check(inSlab >= SlabHeaderDf.SizeBytes && inSlab < header->Fresh);
        Debug.Assert((inSlab - SlabHeaderDf.SizeBytes) % (uint)SizeClasses.BytesOf(sizeClass) == 0, "not the start of a block");
    }

    private SlabHeaderDf* HotOf(ulong slab)
    {
        _ = transaction.Modify(slab + SlabHeaderDf.HotOffset, SlabHeaderDf.HotBytes);
        return arena.At<SlabHeaderDf>(slab);
    }

    private SlabHeaderDf* StateOf(ulong slab) => transaction.Modify<SlabHeaderDf>(slab);

    private ulong TakeSlab(int sizeClass, bool useReserve)
    {
        bool small = SizeClasses.SlabBytesOf(sizeClass) == SizeClasses.SmallSlabBytes;
        ulong slab = small ? PopFree(&arena.Header->FreeSmallSlabs) : PopFree(&arena.Header->FreeLargeSlabs);
        if (slab == Arena.Null)
        {
            slab = small ? Carve(SmallSlab, useReserve) : CarveLarge(useReserve);
        }

        if (slab == Arena.Null)
        {
            return Arena.Null;
        }

        SlabHeaderDf* header = StateOf(slab);
        *header = default;
        header->Magic = SlabHeaderDf.MagicValue;
        header->Class = (ushort)sizeClass;
        header->State = SlabState.Partial;
        header->Capacity = SizeClasses.CapacityOf(sizeClass);
        header->Fresh = SlabHeaderDf.SizeBytes;
        Link(slab, sizeClass);
        return slab;
    }

    private ulong CarveLarge(bool useReserve)
    {
        // The way to the next aligned address is not lost: it becomes free small slabs.
        while (arena.UsedBytes % LargeSlab != 0)
        {
            ulong gap = Carve(SmallSlab, useReserve);
            if (gap == Arena.Null)
            {
                return Arena.Null;
            }

            PutSlab(gap, SizeClasses.SmallSlabBytes);
        }

        return Carve(LargeSlab, useReserve);
    }

    private ulong Carve(ulong slabBytes, bool useReserve)
    {
        ulong used = arena.UsedBytes;

        // The reserve is backed before it is needed: when the file system is full, a punch that needs a slab could not ask for it any more.
        ulong wanted = used + slabBytes + (useReserve ? 0 : arena.ReleaseReserveBytes);
        if (!arena.TryGrow(wanted))
        {
            return Arena.Null;
        }

        *transaction.ModifyHeader(&arena.Header->UsedBytes) = used + slabBytes;
        return used;
    }

    private ulong PopFree(ulong* head)
    {
        ulong slab = *head;
        if (slab != Arena.Null)
        {
            SlabHeaderDf* header = arena.At<SlabHeaderDf>(slab);
            Invariant.Check(header->Magic == SlabHeaderDf.MagicValue);
            Invariant.Check(header->State == SlabState.Free);
            *transaction.ModifyHeader(head) = header->Next;
            arena.Releaser.NoteTaken(slab, SizeClasses.SlabBytesOf(header->Class));
        }

        return slab;
    }

    private void PutSlab(ulong slab, int slabBytes)
    {
        bool small = slabBytes == SizeClasses.SmallSlabBytes;
        ulong* head = small ? &arena.Header->FreeSmallSlabs : &arena.Header->FreeLargeSlabs;
        SlabHeaderDf* header = StateOf(slab);
        *header = default;
        header->Magic = SlabHeaderDf.MagicValue;
        header->Class = (ushort)(small ? 0 : SizeClasses.Count - 1);
        header->State = SlabState.Free;
        header->Next = *head;
        *transaction.ModifyHeader(head) = slab;
    }

    private void Link(ulong slab, int sizeClass)
    {
        ulong* head = &arena.Header->Classes[sizeClass];
        SlabHeaderDf* header = StateOf(slab);
        header->Previous = Arena.Null;
        header->Next = *head;
        if (*head != Arena.Null)
        {
            StateOf(*head)->Previous = slab;
        }

        *transaction.ModifyHeader(head) = slab;
    }

    private void Unlink(ulong slab, int sizeClass)
    {
        SlabHeaderDf* header = StateOf(slab);
        if (header->Previous != Arena.Null)
        {
            StateOf(header->Previous)->Next = header->Next;
        }
        else
        {
            ulong* head = &arena.Header->Classes[sizeClass];
            Invariant.Check(*head == slab);
            *transaction.ModifyHeader(head) = header->Next;
        }

        if (header->Next != Arena.Null)
        {
            StateOf(header->Next)->Previous = header->Previous;
        }

        header->Previous = Arena.Null;
        header->Next = Arena.Null;
    }
}
