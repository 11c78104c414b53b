namespace Daos.Fabric.Store.Checking;

/// <summary>
/// Every slab and block of an arena: built from the slabs' own words, then each record that the walk meets claims its block. What is
/// claimed twice, claimed but free, or used and never claimed does not agree. One owner thread.
/// </summary>
internal sealed unsafe class AllocationMap(Arena arena, CheckReport report)
{
    private const int LeaksNamedMax = 8;

    private readonly Dictionary<ulong, Slab> _slabs = [];

    /// <summary>Walks the slabs and their lists.</summary>
    internal void Build()
    {
        ulong slab = Arena.FirstSlab;
        while (slab < arena.UsedBytes)
        {
            SlabHeaderDf* header = arena.At<SlabHeaderDf>(slab);
            if (header->Magic != SlabHeaderDf.MagicValue || header->Class >= SizeClasses.Count)
            {
                report.Damage(Where(slab), "no slab starts here, although the one before ends here; what follows cannot be looked at");
                return;
            }

            if (header->State != SlabState.Free)
            {
                AddSlab(slab, header);
            }

            report.Count(header->State == SlabState.Free ? "free slabs" : "slabs");
            slab += (ulong)SizeClasses.SlabBytesOf(header->Class);
        }

        CheckLists();
    }

    /// <summary>A record of this size lies here and belongs to one owner.</summary>
    internal void Claim(ulong offset, int sizeBytes, string owner)
    {
        int sizeClass = SizeClasses.Of(Math.Clamp(sizeBytes, 1, SizeClasses.LargestBytes));
        ulong start = offset & ~((ulong)SizeClasses.SlabBytesOf(sizeClass) - 1);
        uint inSlab = (uint)(offset - start);
        if (!_slabs.TryGetValue(start, out Slab? slab) || slab.Class != sizeClass)
        {
            report.Damage(owner, $"its record at {offset} of {sizeBytes} bytes lies in no slab of that size");
            return;
        }

        int block = (int)((inSlab - SlabHeaderDf.SizeBytes) / SizeClasses.BytesOf(sizeClass));
        bool isStart = inSlab >= SlabHeaderDf.SizeBytes && (inSlab - SlabHeaderDf.SizeBytes) % SizeClasses.BytesOf(sizeClass) == 0;
        if (!isStart || block >= slab.Used.Length || !slab.Used[block])
        {
            report.Damage(owner, $"its record at {offset} is not a block in use");
        }
        else if (slab.Claimed[block])
        {
            report.Damage(owner, $"its record at {offset} belongs to somebody else as well");
        }
        else
        {
            slab.Claimed[block] = true;
            report.Count("records");
        }
    }

    /// <summary>After the walk: blocks in use that nobody claimed.</summary>
    internal void FindLeaks()
    {
        long leaks = 0;
        foreach ((ulong start, Slab slab) in _slabs.OrderBy(s => s.Key))
        {
            for (int i = 0; i < slab.Used.Length; i++)
            {
                if (slab.Used[i] && !slab.Claimed[i] && leaks++ < LeaksNamedMax)
                {
                    ulong offset = start + SlabHeaderDf.SizeBytes + ((ulong)i * (ulong)SizeClasses.BytesOf(slab.Class));
                    report.Warn(Where(offset), $"a block of {SizeClasses.BytesOf(slab.Class)} bytes is in use and nothing refers to it");
                }
            }
        }

        if (leaks > LeaksNamedMax)
        {
            report.Warn("arena", $"{leaks} blocks in all are in use and nothing refers to them");
        }
    }

    private static string Where(ulong offset) => $"arena offset {offset}";

    private void AddSlab(ulong start, SlabHeaderDf* header)
    {
        int blockBytes = SizeClasses.BytesOf(header->Class);
        uint capacity = SizeClasses.CapacityOf(header->Class);
        long carved = ((long)header->Fresh - SlabHeaderDf.SizeBytes) / blockBytes;
        if (header->Capacity != capacity || carved < 0 || carved > capacity || (header->Fresh - SlabHeaderDf.SizeBytes) % blockBytes != 0)
        {
            report.Damage(Where(start), $"the slab's capacity {header->Capacity} or its first fresh block {header->Fresh} makes no sense");
            return;
        }

        var slab = new Slab(header->Class, header->State, new bool[capacity], new bool[capacity]);
        slab.Used.AsSpan(0, (int)carved).Fill(true);
        _slabs.Add(start, slab);
        if (!TakeFreed(start, header, slab, blockBytes))
        {
            return;
        }

        uint used = (uint)slab.Used.Count(u => u);
        if (used != header->Used)
        {
            report.Damage(Where(start), $"the slab says that {header->Used} blocks are in use, its list of freed blocks says {used}");
        }

        if ((used == capacity) != (header->State == SlabState.Full))
        {
            report.Damage(Where(start), $"the slab is {header->State} with {used} of {capacity} blocks in use");
        }
    }

    private bool TakeFreed(ulong start, SlabHeaderDf* header, Slab slab, int blockBytes)
    {
        for (uint freed = header->FirstFree; freed != 0;)
        {
            long index = ((long)freed - SlabHeaderDf.SizeBytes) / blockBytes;
            bool isBlock = freed >= SlabHeaderDf.SizeBytes && (freed - SlabHeaderDf.SizeBytes) % blockBytes == 0 && index < slab.Used.Length;
            if (!isBlock || !slab.Used[index])
            {
                report.Damage(Where(start), $"the slab's list of freed blocks leads to {freed}, which is no block or stands in it twice");
                return false;
            }

            slab.Used[index] = false;
            freed = *(uint*)arena.At(start + freed, sizeof(uint));
        }

        return true;
    }

    // Each slab with room stands once in the list of its class, a full one in none.
    private void CheckLists()
    {
        var listed = new HashSet<ulong>();
        for (int sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            ulong previous = Arena.Null;
            for (ulong slab = arena.Header->Classes[sizeClass]; slab != Arena.Null;)
            {
                bool isRight = _slabs.TryGetValue(slab, out Slab? found) && found.Class == sizeClass && found.State == SlabState.Partial;
                if (!isRight || !listed.Add(slab) || arena.At<SlabHeaderDf>(slab)->Previous != previous)
                {
                    report.Damage($"arena, list of class {sizeClass}", $"it leads to {slab}, which does not belong there");
                    break;
                }

                previous = slab;
                slab = arena.At<SlabHeaderDf>(slab)->Next;
            }
        }

        foreach ((ulong start, Slab slab) in _slabs.OrderBy(s => s.Key))
        {
            if (slab.State == SlabState.Partial && !listed.Contains(start))
            {
                report.Damage(Where(start), "the slab has room and stands in no list");
            }
        }
    }

    private sealed record Slab(int Class, SlabState State, bool[] Used, bool[] Claimed);
}
