namespace Daos.Fabric.Store.Tests.Arenas;

public unsafe class ArenaAllocatorTests
{
    [Fact]
    public void SizeClasses_EverySize_FitsWithoutMuchLoss()
    {
        int last = 0;
        for (int size = 1; size <= SizeClasses.LargestBytes; size++)
        {
            int sizeClass = SizeClasses.Of(size);
            int bytes = SizeClasses.BytesOf(sizeClass);
            Assert.InRange(sizeClass, last, SizeClasses.Count - 1);
            Assert.True(bytes >= size);
            Assert.True(sizeClass == 0 || SizeClasses.BytesOf(sizeClass - 1) < size);
            Assert.True(size <= 128 || bytes <= size * 1.25 + 1);
            last = sizeClass;
        }

        Assert.Equal(SizeClasses.Count - 1, last);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AllocateFree_AtRandomWithAborts_MatchesModel(ulong seed)
    {
        using var store = new VolatileArena(16 << 20);
        var random = new SeededRandom(seed);
        var model = new SortedDictionary<ulong, (int Size, byte Fill)>();
        for (int round = 0; round < 400; round++)
        {
            byte[]? before = round % 3 == 0 ? store.Image() : null;
            var after = new SortedDictionary<ulong, (int Size, byte Fill)>(model);
            Assert.True(store.Transaction.Begin().IsSuccess);
            for (int i = random.Next(12); i >= 0; i--)
            {
                if (after.Count > 200 || (after.Count > 0 && random.Chance(0.45)))
                {
                    ulong victim = after.Keys.ElementAt(random.Next(after.Count));
                    CheckFill(store.Arena, victim, after[victim]);
                    if (model.ContainsKey(victim))
                    {
                        store.Transaction.Free(victim, after[victim].Size);
                        after.Remove(victim);
                    }
                }
                else
                {
                    int size = 1 + random.Next(random.Chance(0.1) ? 65536 : 700);
                    ulong offset = store.Transaction.Allocate(size);
                    Assert.NotEqual(0UL, offset);
                    Assert.Equal(0UL, offset % 16);
                    var block = new Span<byte>(store.Arena.At(offset, size), size);
                    Assert.False(block.ContainsAnyExcept((byte)0));
                    byte fill = (byte)(1 + random.Next(255));
                    block.Fill(fill);
                    after.Add(offset, (size, fill));
                }
            }

            if (before is not null && random.Chance(0.5))
            {
                store.Transaction.Abort();
                Assert.True(before.AsSpan().SequenceEqual(store.Image()));
                after = model;
            }
            else
            {
                Assert.True(store.Transaction.Commit(out _).IsSuccess);
            }

            model = after;
            CheckNoOverlap(store.Arena, model);
            ulong live = (ulong)model.Values.Sum(b => (long)SizeClasses.BytesOf(SizeClasses.Of(b.Size)));
            Assert.Equal(live, store.Arena.LiveBytes);
            Assert.Equal(live, ArenaAllocator.CountLiveBytes(store.Arena));
        }
    }

    [Fact]
    public void Free_EverythingAfterFull_ReturnsAllSpace()
    {
        using var store = new VolatileArena(4 << 20, shadow: false);
        int first = 0;
        for (int round = 0; round < 4; round++)
        {
            // A different size every round: slabs must come back from one class to another.
            int size = 100 * (round + 1);
            var offsets = new List<ulong>();
            while (true)
            {
                Assert.True(store.Transaction.Begin().IsSuccess);
                ulong offset = store.Transaction.Allocate(size);
                if (offset == 0)
                {
                    store.Transaction.Abort();
                    break;
                }

                offsets.Add(offset);
                store.Transaction.Commit(out _);
            }

            first = round == 0 ? offsets.Count * size : first;
            Assert.True(offsets.Count * size > first * 0.7, $"round {round}: {offsets.Count} blocks of {size}");
            foreach (ulong offset in offsets)
            {
                store.Transaction.Begin();
                store.Transaction.Free(offset, size);
                store.Transaction.Commit(out _);
            }

            Assert.Equal(0UL, store.Arena.LiveBytes);
        }
    }

    [Fact]
    public void Allocate_FullArena_KeepsReserveForReleases()
    {
        using var store = new VolatileArena(4 << 20, shadow: false);
        FillArena(store, 4000);
        store.Transaction.Begin(useReserve: true);
        Assert.NotEqual(0UL, store.Transaction.Allocate(4000));
        store.Transaction.Abort();
    }

    private static void FillArena(VolatileArena store, int size)
    {
        while (true)
        {
            store.Transaction.Begin();
            if (store.Transaction.Allocate(size) == 0)
            {
                store.Transaction.Abort();
                return;
            }

            store.Transaction.Commit(out _);
        }
    }

    private static void CheckFill(Arena arena, ulong offset, (int Size, byte Fill) block) =>
        Assert.False(new Span<byte>(arena.At(offset, block.Size), block.Size).ContainsAnyExcept(block.Fill));

    private static void CheckNoOverlap(Arena arena, SortedDictionary<ulong, (int Size, byte Fill)> model)
    {
        ulong end = 0;
        foreach ((ulong offset, (int Size, byte Fill) block) in model)
        {
            Assert.True(offset >= end);
            end = offset + (ulong)block.Size;
            CheckFill(arena, offset, block);
        }
    }
}
