namespace Daos.Fabric.Store.Scrubbing;

/// <summary>
/// Where a walk stands among the values of one akey: versions from the newest to the oldest, extents by class of length and first record.
/// The position is a value's name and not its record, so it stays good while others write and remove. Owned by one xstream.
/// </summary>
internal sealed unsafe class ScrubValues(TreeMemory memory)
{
    private bool _isInside;
    private int _class;
    private ulong _start;
    private ulong _count;
    private VersionStamp _stamp;

    /// <summary>Another akey comes next.</summary>
    public void Reset() => _isInside = false;

    /// <summary>The next value of the akey; false when there are no more.</summary>
    public bool MoveNext(ulong akey, out ScrubEntry entry)
    {
        entry = default;
        switch (memory.Read<KeyRecordDf>(akey)->Type)
        {
            case AkeyType.Single:
                ulong version = NextVersion(akey);
                entry = version == 0 ? default : ScrubEntry.OfVersion(memory, version);
                return version != 0;
            case AkeyType.Array:
                ulong extent = NextExtent(akey);
                entry = extent == 0 ? default : ScrubEntry.OfExtent(memory, extent, memory.Read<KeyRecordDf>(akey)->RecordBytes);
                return extent != 0;
            default:
                return false;
        }
    }

    /// <summary>True when the akey still has this value, which <see cref="MoveNext"/> gave last, at the same place and unchanged.</summary>
    public bool IsAt(ulong akey, in ScrubEntry entry)
    {
        AkeyType type = memory.Read<KeyRecordDf>(akey)->Type;
        if (!_isInside || type != (entry.IsArray ? AkeyType.Array : AkeyType.Single))
        {
            return false;
        }

        ulong record = entry.IsArray ? FindExtent(akey) : FindVersion(akey, _stamp);
        return record == entry.Record
            && (entry.IsArray ? ScrubEntry.OfExtent(memory, record, memory.Read<KeyRecordDf>(akey)->RecordBytes) : ScrubEntry.OfVersion(memory, record)) == entry;
    }

    private ulong NextVersion(ulong akey)
    {
        if (_isInside && _stamp == VersionStamp.Zero)
        {
            return 0;
        }

        ulong record = FindVersion(akey, _isInside ? Before(_stamp) : new VersionStamp(ulong.MaxValue, ushort.MaxValue));
        if (record != 0)
        {
            _isInside = true;
            _stamp = memory.Read<VersionDf>(record)->Stamp;
        }

        return record;
    }

    // The newest version at or before a stamp.
    private ulong FindVersion(ulong akey, VersionStamp limit)
    {
        var key = memory.Read<KeyRecordDf>(akey);
        if (key->Below == 0 || memory.Read<VersionDf>(key->Below)->Stamp <= limit)
        {
            return key->Below;
        }

        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, key->History);
        return cursor.SeekAtMost(new StampKey(limit)) ? cursor.Record : 0;
    }

    private ulong NextExtent(ulong akey)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        uint classes = ArrayExtents.ClassesOf(memory, akey);
        for (int lengthClass = _isInside ? _class : 0; lengthClass < ExtentClassesDf.ClassesMax; lengthClass++)
        {
            if ((classes >> lengthClass & 1) == 0)
            {
                continue;
            }

            cursor.Reset(memory.Arena, ArrayExtents.RootOf(memory, akey, lengthClass));
            if (!(_isInside && lengthClass == _class ? SeekAfterLast(ref cursor) : cursor.SeekFirst()))
            {
                continue;
            }

            var extent = memory.Read<ExtentDf>(cursor.Record);
            _isInside = true;
            _class = lengthClass;
            _start = extent->Start;
            _count = extent->Count;
            _stamp = extent->Stamp;
            return cursor.Record;
        }

        return 0;
    }

    private ulong FindExtent(ulong akey)
    {
        if ((ArrayExtents.ClassesOf(memory, akey) >> _class & 1) == 0)
        {
            return 0;
        }

        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, ArrayExtents.RootOf(memory, akey, _class));
        return cursor.SeekAtLeast(new ExtentKey(_start, _count, _stamp)) && IsLast(cursor.Record) ? cursor.Record : 0;
    }

    private bool SeekAfterLast(ref TreeCursor cursor) =>
        cursor.SeekAtLeast(new ExtentKey(_start, _count, _stamp)) && (!IsLast(cursor.Record) || cursor.MoveNext());

    private bool IsLast(ulong record)
    {
        var extent = memory.Read<ExtentDf>(record);
        return extent->Start == _start && extent->Count == _count && extent->Stamp == _stamp;
    }

    private static VersionStamp Before(VersionStamp stamp) =>
        stamp.Minor > 0 ? new VersionStamp(stamp.Epoch, (ushort)(stamp.Minor - 1)) : new VersionStamp(stamp.Epoch - 1, ushort.MaxValue);
}
