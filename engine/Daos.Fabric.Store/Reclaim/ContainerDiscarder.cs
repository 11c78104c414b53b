using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Reclaim;

/// <summary>
/// Takes back what was written to a container, or to one object of it, in a range of epochs. An entity whose creation goes while
/// something newer below it stays is created anew by the oldest of that. Owned by one xstream.
/// </summary>
internal sealed unsafe class ContainerDiscarder(ObjectStore store, RecordFreer freer, StepBudget budget) : ContainerWalk(store, freer, budget)
{
    private static readonly VersionStamp s_none = new(ulong.MaxValue, ushort.MaxValue);

    private readonly ObjectStore _store = store;
    private readonly VersionStamp[] _oldestLeft = new VersionStamp[3];
    private readonly ExtentPosition _position = new();
    private VersionStamp _first;
    private VersionStamp _last;

    /// <summary>DER_NOSPACE when the step must be undone: there was no room for a creation.</summary>
    public DerCode Failure { get; private set; }

    /// <summary>Starts at the first object, or at the only one.</summary>
    public void Begin(ulong firstEpoch, ulong lastEpoch, ObjectId? only)
    {
        _first = new VersionStamp(firstEpoch, 0);
        _last = new VersionStamp(lastEpoch, ushort.MaxValue);
        _oldestLeft.AsSpan().Fill(s_none);
        Failure = DerCode.Success;
        Start(_last, only);
    }

    /// <inheritdoc/>
    protected override bool DoAkey(ulong akey, VersionStamp hidden) => Memory.Read<KeyRecordDf>(akey)->Type switch
    {
        AkeyType.Single => DoSingle(akey),
        AkeyType.Array => DoExtents(akey),
        _ => true,
    };

    /// <inheritdoc/>
    protected override TrimOutcome DoEvents(WalkLevel entity, ulong log, VersionStamp hiddenAbove)
    {
        if (!RemoveOlder(log + IncarnationDf.OlderOffset))
        {
            return TrimOutcome.Unfinished;
        }

        IncarnationEventDf newest = Memory.Read<IncarnationDf>(log)->Newest;
        TrimOutcome outcome = newest.Kind == IncarnationKind.None ? TrimOutcome.Empty : TrimOutcome.Kept;
        if (outcome == TrimOutcome.Kept && IsInside(newest.Stamp))
        {
            outcome = IncarnationEvents.RemoveNewest(Memory, Freer, log);
        }

        VersionStamp left = _oldestLeft[(int)entity];
        _oldestLeft[(int)entity] = s_none;
        if (left == s_none)
        {
            return outcome;
        }

        if (entity != WalkLevel.Object)
        {
            Note((int)entity + 1, left);
        }

        Failure = Revive(log, left);
        return Failure.IsError ? TrimOutcome.Unfinished : TrimOutcome.Kept;
    }

    /// <inheritdoc/>
    protected override void Forget() => _position.Reset();

    private bool IsInside(VersionStamp stamp) => stamp >= _first && stamp <= _last;

    private void Note(int level, VersionStamp stamp) => _oldestLeft[level] = stamp < _oldestLeft[level] ? stamp : _oldestLeft[level];

    private DerCode Revive(ulong log, VersionStamp left)
    {
        VersionStamp hidden = VersionStamp.Zero;
        ReadView view = ReadView.UpTo(_store.Unstable, left);
        return IncarnationLog.Exists(Memory, log, ref hidden, ref view)
            ? DerCode.Success
            : IncarnationLog.Add(Memory, log, treeWord: 0, IncarnationKind.Create, left);
    }

    private bool DoSingle(ulong akey)
    {
        ulong historyWord = akey + KeyRecordDf.HistoryOffset;
        if (!SingleVersions.RemoveBetween(Memory, Freer, Budget, historyWord, _first, _last))
        {
            return false;
        }

        ulong newest = Memory.Read<KeyRecordDf>(akey)->Below;
        if (newest != 0 && IsInside(Memory.Read<VersionDf>(newest)->Stamp))
        {
            SingleVersions.RemoveNewest(Memory, Freer, akey);
            newest = Memory.Read<KeyRecordDf>(akey)->Below;
        }

        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(Memory.Arena, Memory.Word(historyWord));
        if (_last.Epoch != ulong.MaxValue && cursor.SeekAtLeast(new StampKey(new VersionStamp(_last.Epoch + 1, 0))))
        {
            Note((int)WalkLevel.Akey, Memory.Read<VersionDf>(cursor.Record)->Stamp);
        }
        else if (newest != 0 && Memory.Read<VersionDf>(newest)->Stamp > _last)
        {
            Note((int)WalkLevel.Akey, Memory.Read<VersionDf>(newest)->Stamp);
        }

        return true;
    }

    private bool DoExtents(ulong akey)
    {
        uint recordBytes = Memory.Read<KeyRecordDf>(akey)->RecordBytes;
        while (_position.TryNext(Memory, akey, out ulong record))
        {
            if (Budget.IsSpent)
            {
                return false;
            }

            Budget.Count();
            _position.Pass(Memory, record);
            VersionStamp stamp = Memory.Read<ExtentDf>(record)->Stamp;
            if (IsInside(stamp))
            {
                ArrayExtents.Remove(Memory, akey, record);
                Freer.FreeExtent(record, recordBytes);
            }
            else if (stamp > _last)
            {
                Note((int)WalkLevel.Akey, stamp);
            }
        }

        return true;
    }

    private bool RemoveOlder(ulong olderWord)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        while (true)
        {
            cursor.Reset(Memory.Arena, Memory.Word(olderWord));
            if (!cursor.SeekAtLeast(new StampKey(_first)) || Memory.Read<IncarnationEventDf>(cursor.Record)->Stamp > _last)
            {
                return true;
            }

            if (Budget.IsSpent)
            {
                return false;
            }

            Budget.Count();
            BTree.RemoveAt(Memory, olderWord, ref cursor.Path);
            Freer.FreeEvent(cursor.Record);
        }
    }
}
