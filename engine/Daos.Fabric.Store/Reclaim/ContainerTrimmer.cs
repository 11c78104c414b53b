using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Reclaim;

/// <summary>
/// Walks one container, in steps, and takes away what no read at or above a bound can see. Children first: a punch may be forgotten only
/// after everything that it hides is gone. Owned by one xstream.
/// </summary>
internal sealed unsafe class ContainerTrimmer(ObjectStore store, RecordFreer freer, StepBudget budget)
{
    private readonly TreeMemory _memory = store.Memory;
    private readonly VersionTrimmer _versions = new(freer, budget);
    private readonly ExtentTrimmer _extents = new(freer, budget, store.Unstable);
    private readonly ScanPosition _dkeys = new();
    private readonly ScanPosition _akeys = new();
    private ObjectId _object;
    private bool _hasObject;
    private bool _objectDone;
    private VersionStamp _bound;

    /// <summary>Starts at a container's first object.</summary>
    public void Begin(ulong boundEpoch)
    {
        _bound = new VersionStamp(boundEpoch, ushort.MaxValue);
        _hasObject = false;
        _objectDone = false;
        _dkeys.Reset();
        _akeys.Reset();
        _extents.Reset();
    }

    /// <summary>Goes on until the container's end (true) or the end of the budget (false), in the transaction under way.</summary>
    public bool Step(ulong container)
    {
        while (true)
        {
            ulong found = NextObject(container);
            if (found == 0)
            {
                return true;
            }

            if (budget.IsSpent || !TrimObject(container, found))
            {
                return false;
            }

            _objectDone = true;
        }
    }

    private ulong NextObject(ulong container)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(_memory.Arena, _memory.Read<ContainerDf>(container)->Objects);
        bool found = _hasObject ? cursor.SeekAtLeast(new ObjectKey(_object)) : cursor.SeekFirst();
        if (found && _hasObject && _objectDone && _memory.Read<ObjectDf>(cursor.Record)->Id == _object)
        {
            found = cursor.MoveNext();
        }

        if (!found)
        {
            return 0;
        }

        ObjectId id = _memory.Read<ObjectDf>(cursor.Record)->Id;
        if (!_hasObject || id != _object)
        {
            _dkeys.Reset();
            _akeys.Reset();
            _extents.Reset();
        }

        _object = id;
        _hasObject = true;
        _objectDone = false;
        return cursor.Record;
    }

    private bool TrimObject(ulong container, ulong found)
    {
        budget.Count();
        VersionStamp hidden = HiddenBelow(found, VersionStamp.Zero);
        while (true)
        {
            ulong dkey = _dkeys.Next(_memory, _memory.Read<ObjectDf>(found)->Dkeys, _object.DkeyOrder);
            if (dkey == 0)
            {
                break;
            }

            if (budget.IsSpent || !TrimDkey(found, dkey, hidden))
            {
                return false;
            }

            _dkeys.Pass();
            _akeys.Reset();
        }

        switch (_versions.TrimEvents(found, VersionStamp.Zero, _bound))
        {
            case TrimOutcome.Unfinished:
                return false;
            case TrimOutcome.Empty when _memory.Read<ObjectDf>(found)->Dkeys == 0:
                store.Objects.Remove(container, found);
                break;
        }

        return true;
    }

    private bool TrimDkey(ulong found, ulong dkey, VersionStamp hiddenAbove)
    {
        budget.Count();
        VersionStamp hidden = HiddenBelow(dkey, hiddenAbove);
        while (true)
        {
            ulong akey = _akeys.Next(_memory, _memory.Read<KeyRecordDf>(dkey)->Below, _object.AkeyOrder);
            if (akey == 0)
            {
                break;
            }

            if (budget.IsSpent || !TrimAkey(dkey, akey, hidden))
            {
                return false;
            }

            _akeys.Pass();
            _extents.Reset();
        }

        switch (_versions.TrimEvents(dkey, hiddenAbove, _bound))
        {
            case TrimOutcome.Unfinished:
                return false;
            case TrimOutcome.Empty when _memory.Read<KeyRecordDf>(dkey)->Below == 0:
                KeyTree.Remove(_memory, found + ObjectDf.DkeysOffset, dkey);
                freer.FreeKey(dkey);
                break;
        }

        return true;
    }

    private bool TrimAkey(ulong dkey, ulong akey, VersionStamp hiddenAbove)
    {
        budget.Count();
        VersionStamp hidden = HiddenBelow(akey, hiddenAbove);
        bool done = _memory.Read<KeyRecordDf>(akey)->Type switch
        {
            AkeyType.Single => _versions.TrimSingle(akey, hidden, _bound),
            AkeyType.Array => _extents.Trim(akey, hidden, _bound),
            _ => true,
        };
        if (!done)
        {
            return false;
        }

        switch (_versions.TrimEvents(akey, hiddenAbove, _bound))
        {
            case TrimOutcome.Unfinished:
                return false;
            case TrimOutcome.Empty when _memory.Read<KeyRecordDf>(akey)->Below == 0:
                KeyTree.Remove(_memory, dkey + KeyRecordDf.BelowOffset, akey);
                freer.FreeKey(akey);
                break;
        }

        return true;
    }

    private VersionStamp HiddenBelow(ulong log, VersionStamp hidden)
    {
        ReadView view = ReadView.UpTo(store.Unstable, _bound);
        IncarnationLog.Exists(_memory, log, ref hidden, ref view);
        return hidden;
    }
}
