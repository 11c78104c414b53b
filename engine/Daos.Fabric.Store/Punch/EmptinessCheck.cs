using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Punch;

/// <summary>
/// Tells whether a tree of keys has one that exists. It remembers where it found one last, so that punching key after key does not look at
/// all the dead ones each time. Owned by one xstream.
/// </summary>
internal sealed unsafe class EmptinessCheck(TreeMemory memory)
{
    private ulong _owner;
    private ListAnchor _before;

    /// <summary>True when a key exists in the write's view, or when there are too many dead ones to tell.</summary>
    /// <param name="owner">The object or dkey that holds the tree.</param>
    /// <param name="root">Root of the tree.</param>
    /// <param name="order">Its order.</param>
    /// <param name="write">The write; its view collects what the answer depends on.</param>
    public bool HasAny(ulong owner, ulong root, KeyOrder order, ref WriteView write)
    {
        int visitsLeft = ObjectLimits.EmptinessVisitsMax;
        ListAnchor start = _owner == owner ? _before : default;
        bool found = HasAnyAfter(start, root, order, ref write, ref visitsLeft);
        if (!found && start.Kind != AnchorKind.Start)
        {
            found = HasAnyAfter(default, root, order, ref write, ref visitsLeft);
        }

        _owner = found ? owner : 0;
        return found;
    }

    private bool HasAnyAfter(ListAnchor start, ulong root, KeyOrder order, ref WriteView write, ref int visitsLeft)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, root);
        ListAnchor before = start;
        for (bool more = KeyAnchors.Seek(memory.Arena, ref cursor, order, start, descending: false); more; more = cursor.MoveNext())
        {
            VersionStamp hidden = write.Hidden;
            if (visitsLeft-- == 0 || IncarnationLog.Exists(memory, cursor.Record, ref hidden, ref write.View))
            {
                _before = before;
                return true;
            }

            if ((visitsLeft & 63) == 0)
            {
                before = KeyAnchors.After(memory.Arena, cursor.Record);
            }
        }

        return false;
    }
}
