namespace Daos.Fabric.Store.Punch;

/// <summary>
/// Tells whether something below an object or key was written after a stamp. A punch that comes late must not hide what newer writes were
/// based on, nor be seen behind them, so it is turned down then (DAOS: no "under punches"). Owned by one xstream.
/// </summary>
internal sealed unsafe class NewerWrites(TreeMemory memory)
{
    private int _visitsLeft;

    /// <summary>True when there is a newer write in the object, or too much to tell.</summary>
    public bool InObject(ulong record, VersionStamp stamp)
    {
        _visitsLeft = ObjectLimits.LatePunchVisitsMax;
        return IsNewer(record, stamp) || Below(memory.Read<ObjectDf>(record)->Dkeys, stamp, areDkeys: true);
    }

    /// <summary>True when there is a newer write in the dkey, or too much to tell.</summary>
    public bool InDkey(ulong record, VersionStamp stamp)
    {
        _visitsLeft = ObjectLimits.LatePunchVisitsMax;
        return HasInDkey(record, stamp);
    }

    /// <summary>True when there is a newer write in the akey, or too much to tell.</summary>
    public bool InAkey(ulong record, VersionStamp stamp)
    {
        _visitsLeft = ObjectLimits.LatePunchVisitsMax;
        return HasInAkey(record, stamp);
    }

    private bool HasInDkey(ulong record, VersionStamp stamp) =>
        IsNewer(record, stamp) || Below(memory.Read<KeyRecordDf>(record)->Below, stamp, areDkeys: false);

    private bool HasInAkey(ulong record, VersionStamp stamp)
    {
        if (IsNewer(record, stamp))
        {
            return true;
        }

        var key = memory.Read<KeyRecordDf>(record);
        return key->Type switch
        {
            AkeyType.Single => key->Below != 0 && memory.Read<VersionDf>(key->Below)->Stamp > stamp,
            AkeyType.Array => InExtents(record, stamp),
            _ => false,
        };
    }

    private bool IsNewer(ulong log, VersionStamp stamp)
    {
        IncarnationEventDf newest = memory.Read<IncarnationDf>(log)->Newest;
        return newest.Kind != IncarnationKind.None && newest.Stamp > stamp;
    }

    private bool Below(ulong root, VersionStamp stamp, bool areDkeys)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, root);
        for (bool more = cursor.SeekFirst(); more; more = cursor.MoveNext())
        {
            if (_visitsLeft-- <= 0 || (areDkeys ? HasInDkey(cursor.Record, stamp) : HasInAkey(cursor.Record, stamp)))
            {
                return true;
            }
        }

        return false;
    }

    private bool InExtents(ulong akey, VersionStamp stamp)
    {
        for (uint classes = ArrayExtents.ClassesOf(memory, akey); classes != 0; classes &= classes - 1)
        {
            int lengthClass = System.Numerics.BitOperations.TrailingZeroCount(classes);
            Unsafe.SkipInit(out TreeCursor cursor);
            cursor.Reset(memory.Arena, ArrayExtents.RootOf(memory, akey, lengthClass));
            for (bool more = cursor.SeekFirst(); more; more = cursor.MoveNext())
            {
                if (_visitsLeft-- <= 0 || memory.Read<ExtentDf>(cursor.Record)->Stamp > stamp)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
