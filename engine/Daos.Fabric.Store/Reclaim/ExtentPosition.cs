namespace Daos.Fabric.Store.Reclaim;

/// <summary>Where a walk over all extents of an array stands, in the order of the index; extents may come and go meanwhile. Owned by one xstream.</summary>
internal sealed unsafe class ExtentPosition
{
    private int _class;
    private bool _isInside;
    private ulong _start;
    private ulong _count;
    private VersionStamp _stamp;

    /// <summary>Back to the beginning.</summary>
    public void Reset()
    {
        _class = 0;
        _isInside = false;
    }

    /// <summary>The extent stays behind.</summary>
    public void Pass(TreeMemory memory, ulong record)
    {
        var extent = memory.Read<ExtentDf>(record);
        _start = extent->Start;
        _count = extent->Count;
        _stamp = extent->Stamp;
        _isInside = true;
    }

    /// <summary>The next extent; false behind the last.</summary>
    public bool TryNext(TreeMemory memory, ulong akey, out ulong record)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        for (; _class < ExtentClassesDf.ClassesMax; _class++, _isInside = false)
        {
            if ((ArrayExtents.ClassesOf(memory, akey) >> _class & 1) == 0)
            {
                continue;
            }

            cursor.Reset(memory.Arena, ArrayExtents.RootOf(memory, akey, _class));
            bool found = _isInside ? SeekBehind(memory, ref cursor) : cursor.SeekFirst();
            if (found)
            {
                record = cursor.Record;
                return true;
            }
        }

        record = 0;
        return false;
    }

    private bool SeekBehind(TreeMemory memory, ref TreeCursor cursor)
    {
        if (!cursor.SeekAtLeast(new ExtentKey(_start, _count, _stamp)))
        {
            return false;
        }

        var extent = memory.Read<ExtentDf>(cursor.Record);
        bool isSame = extent->Start == _start && extent->Count == _count && extent->Stamp == _stamp;
        return !isSame || cursor.MoveNext();
    }
}
