using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Tests.Arenas;
using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store.Tests.Trees;

/// <summary>A tree of keys in one order beside a sorted dictionary that says what it should hold.</summary>
internal sealed unsafe class TreeModel : IDisposable
{
    private readonly VolatileArena _store;
    private readonly KeyOrder _order;
    private readonly ulong _rootWord;

    internal TreeModel(KeyOrder order, bool shadow)
    {
        _store = new VolatileArena(64 << 20, shadow);
        _order = order;
        Memory = new TreeMemory(_store.Arena, _store.Transaction);
        _store.Transaction.Begin();
        _rootWord = _store.Transaction.Allocate(16);
        _store.Transaction.Commit(out _);
        Expected = new SortedDictionary<byte[], ulong>(Comparer<byte[]>.Create(Compare));
    }

    internal SortedDictionary<byte[], ulong> Expected { get; }

    internal TreeMemory Memory { get; }

    internal ulong Root => Memory.Word(_rootWord);

    internal void Insert(byte[] key)
    {
        fixed (byte* p = key)
        {
            ulong found = KeyTree.Find(_store.Arena, Root, _order, p, key.Length);
            Assert.Equal(Expected.GetValueOrDefault(key), found);
            if (found == 0)
            {
                _store.Transaction.Begin();
                ulong record = KeyTree.Add(Memory, _rootWord, _order, p, key.Length);
                Assert.NotEqual(0UL, record);
                _store.Transaction.Commit(out _);
                Expected.Add(key, record);
            }
        }
    }

    internal void Remove(byte[] key)
    {
        fixed (byte* p = key)
        {
            ulong found = KeyTree.Find(_store.Arena, Root, _order, p, key.Length);
            Assert.Equal(Expected.GetValueOrDefault(key), found);
            if (found != 0)
            {
                _store.Transaction.Begin();
                KeyTree.Remove(Memory, _rootWord, found);
                _store.Transaction.Free(found, KeyRecordDf.AllocationBytes(key.Length));
                _store.Transaction.Commit(out _);
                Expected.Remove(key);
            }
        }
    }

    /// <summary>The aborted half of the operations leaves no trace.</summary>
    internal void InsertAndAbort(byte[] key)
    {
        fixed (byte* p = key)
        {
            if (KeyTree.Find(_store.Arena, Root, _order, p, key.Length) == 0)
            {
                _store.Transaction.Begin();
                KeyTree.Add(Memory, _rootWord, _order, p, key.Length);
                _store.Transaction.Abort();
            }
        }
    }

    internal void Check()
    {
        Assert.Equal(Expected.Count, TreeChecker.Check(_store.Arena, Root));
        ulong[] forward = [.. Expected.Values];
        var cursor = default(TreeCursor);
        cursor.Reset(_store.Arena, Root);
        int i = 0;
        for (bool more = cursor.SeekFirst(); more; more = cursor.MoveNext())
        {
            Assert.Equal(forward[i++], cursor.Record);
        }

        Assert.Equal(forward.Length, i);
        for (bool more = cursor.SeekLast(); more; more = cursor.MovePrevious())
        {
            Assert.Equal(forward[--i], cursor.Record);
        }

        Assert.Equal(0, i);
    }

    internal void CheckSeek(byte[] key)
    {
        ulong expected = Expected.Where(pair => Compare(pair.Key, key) >= 0).Select(pair => pair.Value).FirstOrDefault();
        var cursor = default(TreeCursor);
        cursor.Reset(_store.Arena, Root);
        fixed (byte* p = key)
        {
            KeyTree.SeekAtLeast(ref cursor, _order, p, key.Length);
            Assert.Equal(expected, cursor.Record);
            expected = Expected.Where(pair => Compare(pair.Key, key) <= 0).Select(pair => pair.Value).LastOrDefault();
            switch (_order)
            {
                case KeyOrder.Integer:
                    cursor.SeekAtMost(new IntegerKey(*(ulong*)p));
                    break;
                case KeyOrder.Lexical:
                    cursor.SeekAtMost(new LexicalKey(p, key.Length));
                    break;
                default:
                    cursor.SeekAtMost(new HashedKey(p, key.Length));
                    break;
            }
        }

        Assert.Equal(expected, cursor.Record);
    }

    public void Dispose() => _store.Dispose();

    private int Compare(byte[]? a, byte[]? b)
    {
        switch (_order)
        {
            case KeyOrder.Integer:
                return BitConverter.ToUInt64(a!).CompareTo(BitConverter.ToUInt64(b!));
            case KeyOrder.Lexical:
                return a.AsSpan().SequenceCompareTo(b);
            default:
                int byHash = KeyHash.Compute(a).CompareTo(KeyHash.Compute(b));
                return byHash != 0 ? byHash : a.AsSpan().SequenceCompareTo(b);
        }
    }
}
