namespace Daos.Fabric.Metadata.KeySpaces;

/// <summary>
/// The watches on a key space. A watch remembers where it is and reads the history when asked, so that a slow
/// one costs nothing. Owned by one owner thread.
/// </summary>
internal sealed class WatchHub(KeySpace space)
{
    private readonly List<WatchCursor> _cursors = [];
    private readonly List<WatchCursor> _waiting = [];

    /// <summary>Watches that are open.</summary>
    internal int Count => _cursors.Count;

    internal KeySpace Space => space;

    /// <summary>Shows up to a revision; watches that wait for it go on.</summary>
    internal void Show(long revision)
    {
        if (revision > space.Visible)
        {
            space.Visible = revision;
            WakeAll();
        }
    }

    /// <summary>Lets every watch look again: something became visible or was compacted, or the store ended.</summary>
    internal void WakeAll()
    {
        WatchCursor[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (WatchCursor cursor in waiting)
        {
            cursor.Wake();
        }
    }

    /// <summary>Opens a watch; close it.</summary>
    internal WatchCursor Open(MetadataRange range, long next)
    {
        var cursor = new WatchCursor(this, range, next);
        _cursors.Add(cursor);
        return cursor;
    }

    /// <summary>Ends a watch; whoever waits for it hears why.</summary>
    internal void Close(WatchCursor cursor, DerCode code)
    {
        _cursors.Remove(cursor);
        _waiting.Remove(cursor);
        cursor.End(code);
        cursor.Wake();
    }

    /// <summary>Ends them all.</summary>
    internal void EndAll(DerCode code)
    {
        foreach (WatchCursor cursor in _cursors.ToArray())
        {
            cursor.End(code);
        }

        WakeAll();
    }

    internal void Wait(WatchCursor cursor) => _waiting.Add(cursor);
}
