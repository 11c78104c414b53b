namespace Daos.Fabric.Store.Io;

/// <summary>
/// Brings what operations on some dkeys will look at into the processor's cache. In a large store one operation waits for memory at a leaf,
/// a dkey, an akey and a version, one after the other, since each says where the next lies; here all dkeys go down together, a step each in
/// turn, and their waits overlap. It changes nothing, and a wrong guess costs time only. Owned by one xstream.
/// </summary>
internal sealed unsafe class Prefetcher(ObjectStore store)
{
    /// <summary>Dkeys that go down together: about as many lines as a core can wait for at once, and nodes that its first caches hold.</summary>
    internal const int GroupMax = 16;

    // What a core's own caches hold needs no looking ahead.
    internal const ulong LiveBytesMin = 4 << 20;

    private readonly Arena _arena = store.Memory.Arena;
    private readonly Way[] _ways = new Way[GroupMax];

    /// <summary>Akeys that were reached; a tree of several is not one.</summary>
    internal long ReachedCount { get; private set; }

    private enum Stop : byte
    {
        Head,
        Node,
        Dkey,
        Akey,
    }

    /// <summary>Brings in what lies below some dkeys. Dkeys that are not there, and targets that no operation would accept, are passed over.</summary>
    public void Prefetch(ReadOnlySpan<ObjectTarget> targets)
    {
        if (_arena.LiveBytes < LiveBytesMin)
        {
            return;
        }

        while (targets.Length > GroupMax)
        {
            Walk(targets[..GroupMax]);
            targets = targets[GroupMax..];
        }

        Walk(targets);
    }

    private void Walk(ReadOnlySpan<ObjectTarget> targets)
    {
        int count = 0;
        foreach (ref readonly ObjectTarget target in targets)
        {
            count += TryStart(in target, ref _ways[count]) ? 1 : 0;
        }

        while (count > 0)
        {
            int left = 0;
            for (int i = 0; i < count; i++)
            {
                if (!TryStep(ref _ways[i]))
                {
                    continue;
                }

                if (left < i)
                {
                    _ways[left] = _ways[i];
                }

                left++;
            }

            count = left;
        }
    }

    private bool TryStart(in ObjectTarget target, ref Way way)
    {
        KeyOrder order = target.Object.DkeyOrder;
        if (KeyTree.Validate(order, target.DkeyLength).IsError)
        {
            return false;
        }

        ulong container = store.Containers.Find(target.Container);
        ulong found = container == 0 ? 0 : store.Objects.Find(container, target.Object);
        if (found == 0)
        {
            return false;
        }

        way.IsEven = order == KeyOrder.Hashed;
        way.Low = 0;
        way.High = ulong.MaxValue;
        way.Prefix = order switch
        {
            KeyOrder.Integer => new IntegerKey(*(ulong*)target.Dkey).Prefix,
            KeyOrder.Lexical => new LexicalKey(target.Dkey, target.DkeyLength).Prefix,
            _ => new HashedKey(target.Dkey, target.DkeyLength).Prefix,
        };
        return GoTo(ref way, store.Memory.Read<ObjectDf>(found)->Dkeys, Stop.Dkey);
    }

    // The lines that a step reads were asked for a round before.
    private bool TryStep(ref Way way) => way.Stop switch
    {
        Stop.Head => StepHead(ref way),
        Stop.Node => StepNode(ref way),
        Stop.Dkey => GoTo(ref way, _arena.At<KeyRecordDf>(way.Offset)->Below, Stop.Akey),
        _ => StepAkey(in way),
    };

    // To the root of a tree, or to its one record. A tree of akeys ends the way: which akey is wanted nobody said.
    private bool GoTo(ref Way way, ulong root, Stop below)
    {
        way.Offset = root & ~BTree.InlineTag;
        if (root == 0)
        {
            return false;
        }

        if ((root & BTree.InlineTag) != 0)
        {
            way.Stop = below;
            BTree.PrefetchRecord(_arena, way.Offset);
            return true;
        }

        GoToNode(ref way, way.Offset);
        return below == Stop.Dkey;
    }

    // Of hashes a node's head says about where to look; of other keys all of the node is asked for.
    private void GoToNode(ref Way way, ulong node)
    {
        way.Offset = node;
        if (way.IsEven)
        {
            way.Stop = Stop.Head;
            BTree.PrefetchLine(_arena, node);
        }
        else
        {
            way.Stop = Stop.Node;
            BTree.Prefetch(_arena, node);
        }
    }

    private bool StepHead(ref Way way)
    {
        BTree.PrefetchGuess(_arena, way.Offset, TreeNodeDf.Load(_arena, way.Offset), way.Prefix, way.Low, way.High);
        way.Stop = Stop.Node;
        return true;
    }

    private bool StepNode(ref Way way)
    {
        TreeNodeDf* node = TreeNodeDf.Load(_arena, way.Offset);
        var key = new HintKey(way.Prefix);
        if (node->Level > 0)
        {
            GoToNode(ref way, way.IsEven
                ? BTree.ChildNear(_arena, node, in key, ref way.Low, ref way.High)
                : TreeNodeDf.Branches(node)[BTree.BranchIndex(_arena, node, in key)].Child);
            return true;
        }

        int index = way.IsEven
            ? BTree.LeafLowerBoundNear(_arena, node, in key, way.Low, way.High, out bool found)
            : BTree.LeafLowerBound(_arena, node, in key, out found);
        if (!found)
        {
            return false;
        }

        way.Offset = TreeNodeDf.Leaves(node)[index].Record;
        way.Stop = Stop.Dkey;
        BTree.PrefetchRecord(_arena, way.Offset);
        return true;
    }

    // Single values: the newest version, and the root of the older ones, where an update puts the one that it replaces. Arrays: the classes.
    private bool StepAkey(in Way way)
    {
        ReachedCount++;
        var akey = _arena.At<KeyRecordDf>(way.Offset);
        BTree.PrefetchRecord(_arena, akey->Below & ~BTree.InlineTag);
        BTree.PrefetchRecord(_arena, akey->History & ~BTree.InlineTag);
        return false;
    }

    private struct Way
    {
        public ulong Prefix;
        public ulong Low;
        public ulong High;
        public ulong Offset;
        public Stop Stop;
        public bool IsEven;
    }
}
