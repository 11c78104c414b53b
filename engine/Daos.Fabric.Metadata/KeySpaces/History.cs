namespace Daos.Fabric.Metadata.KeySpaces;

/// <summary>The newest revisions without a gap, bounded in number and bytes. Owned by one owner thread.</summary>
internal sealed class History
{
    private readonly List<RevisionRecord> _records = [];
    private readonly int _revisionsMax;
    private readonly long _bytesMax;
    private int _start;
    private long _bytes;

    /// <param name="compacted">Nothing up to this revision is known.</param>
    /// <param name="revisionsMax">Revisions kept.</param>
    /// <param name="bytesMax">Bytes of keys and values kept.</param>
    internal History(long compacted, int revisionsMax, long bytesMax)
    {
        Compacted = compacted;
        _revisionsMax = revisionsMax;
        _bytesMax = bytesMax;
    }

    /// <summary>Reads at this revision and watches from behind it are possible.</summary>
    internal long Compacted { get; private set; }

    private int Count => _records.Count - _start;

    /// <summary>Adds the newest revision; what was shown already makes room for it.</summary>
    internal void Add(RevisionRecord record, long visible)
    {
        _records.Add(record);
        _bytes += record.Bytes;
        while ((Count > _revisionsMax || _bytes > _bytesMax) && _records[_start].Revision <= visible)
        {
            DropFirst();
        }

        Trim();
    }

    internal void CompactTo(long revision)
    {
        while (Count > 0 && _records[_start].Revision <= revision)
        {
            DropFirst();
        }

        Compacted = Math.Max(Compacted, revision);
        Trim();
    }

    /// <summary>The record of a revision that is neither compacted nor in the future.</summary>
    internal RevisionRecord this[long revision] => _records[_start + (int)(revision - Compacted - 1)];

    private void DropFirst()
    {
        _bytes -= _records[_start].Bytes;
        Compacted = _records[_start].Revision;
        _records[_start++] = null!;
    }

    private void Trim()
    {
        if (_start > 1024 && _start > _records.Count / 2)
        {
            _records.RemoveRange(0, _start);
            _start = 0;
        }
    }
}
