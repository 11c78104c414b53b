using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store.Tests.Trees;

public class BTreeTests
{
    [Theory]
    [InlineData(KeyOrder.Hashed, 1)]
    [InlineData(KeyOrder.Hashed, 2)]
    [InlineData(KeyOrder.Integer, 3)]
    [InlineData(KeyOrder.Integer, 4)]
    [InlineData(KeyOrder.Lexical, 5)]
    [InlineData(KeyOrder.Lexical, 6)]
    public void RandomOperations_AnyOrder_MatchSortedDictionary(KeyOrder order, ulong seed)
    {
        var random = new SeededRandom(seed);
        using var model = new TreeModel(order, shadow: false);
        int[] keySpaces = [4, 60, 500, 20_000];
        foreach (int keySpace in keySpaces)
        {
            for (int i = 0; i < 15_000; i++)
            {
                // Fills and drains in turn, so that trees grow and shrink through every level.
                double insertShare = i / 3000 % 2 == 0 ? 0.8 : 0.2;
                byte[] key = Key(random, order, keySpace);
                if (random.Chance(insertShare))
                {
                    model.Insert(key);
                }
                else
                {
                    model.Remove(key);
                }

                if (i % 1000 == 0)
                {
                    model.Check();
                    model.CheckSeek(Key(random, order, keySpace));
                }
            }

            model.Check();
        }
    }

    [Theory]
    [InlineData(KeyOrder.Hashed)]
    [InlineData(KeyOrder.Integer)]
    [InlineData(KeyOrder.Lexical)]
    public void InsertsAndAborts_SmallArena_ChangeOnlyRecordedRanges(KeyOrder order)
    {
        var random = new SeededRandom(99);
        using var model = new TreeModel(order, shadow: true);
        for (int i = 0; i < 600; i++)
        {
            model.Insert(Key(random, order, 400));
            model.InsertAndAbort(Key(random, order, 800));
            model.Remove(Key(random, order, 400));
        }

        model.Check();
    }

    /// <summary>Where a key stands is guessed from even prefixes: with others, in heaps, at both ends or all alike, the search is slower and as right.</summary>
    [Theory]
    [InlineData(1UL)]
    [InlineData(1UL << 20)]
    [InlineData(0x9E3779B97F4A7C15)]
    public unsafe void Find_OfUnevenPrefixesTakenForEven_FindsWhatIsThere(ulong step)
    {
        using var model = new TreeModel(KeyOrder.Integer, shadow: false);
        using var ties = new TreeModel(KeyOrder.Lexical, shadow: false);
        for (ulong i = 0; i < 6000; i++)
        {
            model.Insert(BitConverter.GetBytes(i % 3 == 0 ? ulong.MaxValue - i : i * step));
            ties.Insert([.. "the same "u8, .. BitConverter.GetBytes(i * step)]);
        }

        foreach (byte[] present in model.Expected.Keys)
        {
            ulong key = BitConverter.ToUInt64(present);
            Assert.Equal(model.Expected[present], BTree.Find(model.Memory.Arena, model.Root, new EvenKey<IntegerKey>(new IntegerKey(key))));
            Assert.Equal(
                BTree.Find(model.Memory.Arena, model.Root, new IntegerKey(key + 1)),
                BTree.Find(model.Memory.Arena, model.Root, new EvenKey<IntegerKey>(new IntegerKey(key + 1))));
        }

        foreach (byte[] present in ties.Expected.Keys)
        {
            fixed (byte* key = present)
            {
                Assert.Equal(ties.Expected[present], BTree.Find(ties.Memory.Arena, ties.Root, new EvenKey<LexicalKey>(new LexicalKey(key, present.Length))));
                Assert.Equal(0UL, BTree.Find(ties.Memory.Arena, ties.Root, new EvenKey<LexicalKey>(new LexicalKey(key, present.Length - 1))));
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SequentialKeys_UpOrDown_DrainToNothing(bool down)
    {
        using var model = new TreeModel(KeyOrder.Integer, shadow: false);
        for (int i = 0; i < 10_000; i++)
        {
            model.Insert(BitConverter.GetBytes((ulong)(down ? 10_000 - i : i)));
        }

        model.Check();
        for (int i = 0; i < 10_000; i++)
        {
            model.Remove(BitConverter.GetBytes((ulong)(down ? 10_000 - i : i)));
            if (i % 500 == 0)
            {
                model.Check();
            }
        }

        model.Check();
        Assert.Equal(0UL, model.Root);
    }

    // Lexical keys share long beginnings on purpose: the 64 bits kept in the nodes do not tell them apart.
    private static byte[] Key(SeededRandom random, KeyOrder order, int keySpace)
    {
        int number = random.Next(keySpace);
        if (order == KeyOrder.Integer)
        {
            return BitConverter.GetBytes((ulong)number * 0x9E3779B97F4A7C15);
        }

        string text = (number % 4) switch
        {
            0 => $"{number}",
            1 => $"a common beginning of many keys {number}",
            2 => new string('x', number % 20) + "\0" + number,
            _ => $"common{number / 10}\0{new string('\0', number % 10)}",
        };
        return System.Text.Encoding.UTF8.GetBytes(text);
    }
}
