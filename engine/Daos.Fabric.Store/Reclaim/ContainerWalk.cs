using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Reclaim;

/// <summary>
/// Walks one container, or one object of it, in steps that each fit a budget and a transaction, children first, so that something may go
/// only after everything that depends on it is gone. Where it stands is kept by key, so anything may change between two steps. Owned by
/// one xstream.
/// </summary>
internal abstract unsafe class ContainerWalk(ObjectStore store, RecordFreer freer, StepBudget budget)
{
    private readonly ScanPosition _dkeys = new();
    private readonly ScanPosition _akeys = new();
    private VersionStamp _bound;
    private ObjectId _object;
    private bool _hasObject;
    private bool _objectDone;
    private bool _isSingle;

    /// <summary>Arena and transaction.</summary>
    protected TreeMemory Memory { get; } = store.Memory;

    /// <summary>Frees records.</summary>
    protected RecordFreer Freer { get; } = freer;

    /// <summary>What the step may still do.</summary>
    protected StepBudget Budget { get; } = budget;

    /// <summary>The object that it stands in.</summary>
    public ObjectId Object => _object;

    /// <summary>The dkey that it stands in.</summary>
    public ReadOnlySpan<byte> Dkey => _dkeys.Key;

    /// <summary>The akey that it stands at.</summary>
    public ReadOnlySpan<byte> Akey => _akeys.Key;

    /// <summary>Starts at a container's first object, or at the one object to look at.</summary>
    /// <param name="bound">Punches up to here count.</param>
    /// <param name="only">The object, or null for all.</param>
    protected void Start(VersionStamp bound, ObjectId? only)
    {
        _bound = bound;
        _hasObject = only is not null;
        _isSingle = _hasObject;
        _object = only.GetValueOrDefault();
        _objectDone = false;
        _dkeys.Reset();
        _akeys.Reset();
        Forget();
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

            if (Budget.IsSpent || !WalkObject(container, found))
            {
                return false;
            }

            _objectDone = true;
        }
    }

    /// <summary>Does an akey's values; false when the budget ended first, or when somebody else has to do something there.</summary>
    protected abstract bool DoAkey(ulong akey, VersionStamp hidden);

    /// <summary>Does the incarnation log of an entity, after everything below it.</summary>
    protected abstract TrimOutcome DoEvents(WalkLevel entity, ulong log, VersionStamp hiddenAbove);

    /// <summary>The next akey or object is another one: what is kept about the last one is void.</summary>
    protected abstract void Forget();

    private ulong NextObject(ulong container)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(Memory.Arena, Memory.Read<ContainerDf>(container)->Objects);
        bool found = _hasObject ? cursor.SeekAtLeast(new ObjectKey(_object)) : cursor.SeekFirst();
        if (found && _hasObject && _objectDone && Memory.Read<ObjectDf>(cursor.Record)->Id == _object)
        {
            found = cursor.MoveNext();
        }

        if (!found)
        {
            return 0;
        }

        ObjectId id = Memory.Read<ObjectDf>(cursor.Record)->Id;
        if (!_hasObject || id != _object)
        {
            if (_isSingle)
            {
                return 0;
            }

            _dkeys.Reset();
            _akeys.Reset();
            Forget();
        }

        _object = id;
        _hasObject = true;
        _objectDone = false;
        return cursor.Record;
    }

    private bool WalkObject(ulong container, ulong found)
    {
        Budget.Count();
        VersionStamp hidden = HiddenBelow(found, VersionStamp.Zero);
        while (true)
        {
            ulong dkey = _dkeys.Next(Memory, Memory.Read<ObjectDf>(found)->Dkeys, _object.DkeyOrder);
            if (dkey == 0)
            {
                break;
            }

            if (Budget.IsSpent || !WalkDkey(found, dkey, hidden))
            {
                return false;
            }

            _dkeys.Pass();
            _akeys.Reset();
        }

        switch (DoEvents(WalkLevel.Object, found, VersionStamp.Zero))
        {
            case TrimOutcome.Unfinished:
                return false;
            case TrimOutcome.Empty when Memory.Read<ObjectDf>(found)->Dkeys == 0:
                store.Objects.Remove(container, found);
                break;
        }

        return true;
    }

    private bool WalkDkey(ulong found, ulong dkey, VersionStamp hiddenAbove)
    {
        Budget.Count();
        VersionStamp hidden = HiddenBelow(dkey, hiddenAbove);
        while (true)
        {
            ulong akey = _akeys.Next(Memory, Memory.Read<KeyRecordDf>(dkey)->Below, _object.AkeyOrder);
            if (akey == 0)
            {
                break;
            }

            if (Budget.IsSpent || !WalkAkey(dkey, akey, hidden))
            {
                return false;
            }

            _akeys.Pass();
            Forget();
        }

        switch (DoEvents(WalkLevel.Dkey, dkey, hiddenAbove))
        {
            case TrimOutcome.Unfinished:
                return false;
            case TrimOutcome.Empty when Memory.Read<KeyRecordDf>(dkey)->Below == 0:
                KeyTree.Remove(Memory, found + ObjectDf.DkeysOffset, dkey);
                Freer.FreeKey(dkey);
                break;
        }

        return true;
    }

    private bool WalkAkey(ulong dkey, ulong akey, VersionStamp hiddenAbove)
    {
        Budget.Count();
        if (!DoAkey(akey, HiddenBelow(akey, hiddenAbove)))
        {
            return false;
        }

        switch (DoEvents(WalkLevel.Akey, akey, hiddenAbove))
        {
            case TrimOutcome.Unfinished:
                return false;
            case TrimOutcome.Empty when Memory.Read<KeyRecordDf>(akey)->Below == 0:
                KeyTree.Remove(Memory, dkey + KeyRecordDf.BelowOffset, akey);
                Freer.FreeKey(akey);
                break;
        }

        return true;
    }

    private VersionStamp HiddenBelow(ulong log, VersionStamp hidden)
    {
        ReadView view = ReadView.UpTo(store.Unstable, _bound);
        IncarnationLog.Exists(Memory, log, ref hidden, ref view);
        return hidden;
    }
}
