using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Timestamps;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Listing;

/// <summary>
/// Finds the largest or smallest dkey, akey and run of records: of the first dkey in that direction that has what is asked for below it.
/// Reused; owned by one xstream.
/// </summary>
internal sealed unsafe partial class KeyQuery(ObjectStore store, ExtentWindows windows)
{
    private const KeyQueryFlags Levels = KeyQueryFlags.Dkey | KeyQueryFlags.Akey | KeyQueryFlags.Recx;

    private KeyQueryFlags _flags;
    private ObjectTarget _target;
    private KeyBytes _akey;
    private ReadView _view;
    private int _visitsLeft;
    private ulong _foundObject;
    private ulong _foundDkey;
    private ulong _foundAkey;
    private ExtentFragment _foundRun;

    private bool Max => (_flags & KeyQueryFlags.Max) != 0;

    private bool WantsRun => (_flags & KeyQueryFlags.Recx) != 0;

    /// <summary>See <see cref="StoreShard.QueryKey"/>.</summary>
    public DerCode Query(
        in ObjectTarget target,
        KeyQueryFlags flags,
        KeyBytes akey,
        Span<byte> dkeyFound,
        Span<byte> akeyFound,
        out KeyQueryResult result,
        int dataCells)
    {
        result = default;
        _flags = flags;
        _cells = (ulong)Math.Max(dataCells, 0);
        _target = target;
        _akey = akey;
        _view = store.DependentViewOf(in target);
        _visitsLeft = ObjectLimits.QueryVisitsMax;
        _foundObject = 0;
        _foundDkey = 0;
        _foundAkey = 0;
        _foundRun = default;
        DerCode code = Validate();
        ulong container = 0;
        code = code.IsError ? code : store.LocateContainer(target.Container, target.Epoch.Value, out container);
        code = code.IsError ? code : EndRead(InObject(container));
        if (code.IsError)
        {
            result = new KeyQueryResult { DependsOn = _view.DependsOn };
            return code;
        }

        return Describe(dkeyFound, akeyFound, out result);
    }

    private DerCode EndRead(DerCode code)
    {
        if ((_flags & Levels) == KeyQueryFlags.Recx)
        {
            return store.EndRead(code, in _target, _akey, in _view);
        }

        bool readsObject = (_flags & Levels) == 0 || (_flags & KeyQueryFlags.Dkey) != 0;
        return store.EndRead(code, in _target, readsObject ? TimestampLevel.Object : TimestampLevel.Dkey, in _view);
    }

    private DerCode Validate()
    {
        bool countsParity = (_flags & KeyQueryFlags.Parity) != 0;
        if (countsParity && (!WantsRun || _cells is < ObjectLimits.DataCellsMin or > ObjectLimits.DataCellsMax))
        {
            return DerCode.Invalid;
        }

        if ((_flags & Levels) == 0)
        {
            return (_flags & KeyQueryFlags.NewestWrite) != 0 ? DerCode.Success : DerCode.Invalid;
        }

        bool findsDkey = (_flags & KeyQueryFlags.Dkey) != 0;
        bool findsAkey = (_flags & KeyQueryFlags.Akey) != 0;
        if ((findsDkey && _target.Object.DkeyOrder == KeyOrder.Hashed) || (findsAkey && _target.Object.AkeyOrder == KeyOrder.Hashed))
        {
            // Hashed keys have no order that means anything.
            return DerCode.Invalid;
        }

        DerCode code = findsDkey ? DerCode.Success : KeyTree.Validate(_target.Object.DkeyOrder, _target.DkeyLength);
        return code.IsError || findsAkey || !WantsRun ? code : KeyTree.Validate(_target.Object.AkeyOrder, _akey.Length);
    }

    private DerCode InObject(ulong container)
    {
        VersionStamp hidden = default;
        ulong found = store.Objects.Find(container, _target.Object);
        _foundObject = found;
        if ((_flags & (Levels & ~KeyQueryFlags.Dkey)) != 0 && (_flags & KeyQueryFlags.Dkey) == 0)
        {
            ulong dkey = store.LocateDkey(container, in _target, ref hidden, ref _view);
            return dkey == 0 ? DerCode.Nonexist : InDkey(dkey, hidden);
        }

        if (found == 0 || !IncarnationLog.Exists(store.Memory, found, ref hidden, ref _view))
        {
            return DerCode.Nonexist;
        }

        return (_flags & Levels) == 0 ? DerCode.Success : FirstAmong(store.Memory.Read<ObjectDf>(found)->Dkeys, hidden, areDkeys: true);
    }

    private DerCode InDkey(ulong dkey, VersionStamp hidden)
    {
        _foundDkey = dkey;
        if ((_flags & (KeyQueryFlags.Akey | KeyQueryFlags.Recx)) == 0)
        {
            return DerCode.Success;
        }

        if ((_flags & KeyQueryFlags.Akey) == 0)
        {
            ulong akey = store.LocateAkey(dkey, _target.Object.AkeyOrder, _akey.Address, _akey.Length, ref hidden, ref _view);
            return akey == 0 ? DerCode.Nonexist : InAkey(akey, hidden);
        }

        return FirstAmong(store.Memory.Read<KeyRecordDf>(dkey)->Below, hidden, areDkeys: false);
    }

    // The first key in the query's direction that exists and holds what is asked for.
    private DerCode FirstAmong(ulong tree, VersionStamp hidden, bool areDkeys)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(store.Memory.Arena, tree);
        for (bool more = First(ref cursor); more; more = Next(ref cursor))
        {
            VersionStamp below = hidden;
            if (_visitsLeft-- == 0)
            {
                return DerCode.Overflow;
            }

            if (!IncarnationLog.Exists(store.Memory, cursor.Record, ref below, ref _view))
            {
                continue;
            }

            DerCode code = areDkeys ? InDkey(cursor.Record, below) : InAkey(cursor.Record, below);
            if (code != DerCode.Nonexist)
            {
                return code;
            }
        }

        return DerCode.Nonexist;
    }

    private DerCode InAkey(ulong akey, VersionStamp hidden)
    {
        _foundAkey = akey;
        if (!WantsRun)
        {
            return DerCode.Success;
        }

        if (store.Memory.Read<KeyRecordDf>(akey)->Type != AkeyType.Array)
        {
            return DerCode.Nonexist;
        }

        if ((_flags & KeyQueryFlags.Parity) != 0)
        {
            return Max ? LastWithParity(akey, hidden) : FirstWithParity(akey, hidden);
        }

        return Max ? LastRun(akey, hidden) : FirstRun(akey, hidden);
    }

    private DerCode FirstRun(ulong akey, VersionStamp hidden)
    {
        for (ulong at = 0; at < ObjectLimits.ParityBit;)
        {
            DerCode code = windows.BuildFrom(akey, hidden, ref _view, at, out at);
            if (code.IsError || --_visitsLeft < 0)
            {
                return code.IsError ? code : DerCode.Overflow;
            }

            foreach (ExtentFragment fragment in windows.Fragments)
            {
                if (!fragment.IsHole)
                {
                    Complete(akey, hidden, fragment);
                    return DerCode.Success;
                }
            }
        }

        return DerCode.Nonexist;
    }

    // Windows that grow downwards from the end of the highest extent: what shows there is usually the answer.
    private DerCode LastRun(ulong akey, VersionStamp hidden)
    {
        ulong size = 1;
        for (ulong end = windows.HighestEnd(akey); end > 0;)
        {
            ulong start = end - Math.Min(end, size);
            DerCode code = windows.Build(akey, hidden, ref _view, start, end);
            if (code.IsError)
            {
                return code;
            }

            ReadOnlySpan<ExtentFragment> fragments = windows.Fragments;
            for (int i = fragments.Length - 1; i >= 0; i--)
            {
                if (!fragments[i].IsHole)
                {
                    Complete(akey, hidden, fragments[i]);
                    return DerCode.Success;
                }
            }

            end = start;
            size = Math.Min(size * 4, 1UL << 62);
        }

        return DerCode.Nonexist;
    }

    // A window may have cut what its extent shows in one piece.
    private void Complete(ulong akey, VersionStamp hidden, ExtentFragment found)
    {
        _foundRun = found;
        var extent = store.Memory.Read<ExtentDf>(found.Extent);
        (ulong start, ulong end) = Max ? (extent->Start, found.End) : (found.Start, extent->End);
        if (start != found.Start || end != found.End)
        {
            ReadOnlySpan<ExtentFragment> fragments =
                windows.Build(akey, hidden, ref _view, start, end).IsSuccess ? windows.Fragments : [];
            _foundRun = fragments.IsEmpty ? found : fragments[Max ? fragments.Length - 1 : 0];
        }
    }

    private bool First(ref TreeCursor cursor) => Max ? cursor.SeekLast() : cursor.SeekFirst();

    private bool Next(ref TreeCursor cursor) => Max ? cursor.MovePrevious() : cursor.MoveNext();

    private DerCode Describe(Span<byte> dkeyFound, Span<byte> akeyFound, out KeyQueryResult result)
    {
        int dkeyLength = (_flags & KeyQueryFlags.Dkey) == 0 ? 0 : Copy(_foundDkey, dkeyFound);
        int akeyLength = (_flags & KeyQueryFlags.Akey) == 0 ? 0 : Copy(_foundAkey, akeyFound);
        result = new KeyQueryResult
        {
            DkeyLength = Math.Abs(dkeyLength),
            AkeyLength = Math.Abs(akeyLength),
            Index = _foundRun.Start,
            Count = _foundRun.End - _foundRun.Start,
            NewestWrite = new Epoch(store.Memory.Read<ObjectDf>(_foundObject)->NewestWrite),
            RecordBytes = _foundAkey == 0 ? 0 : store.Memory.Read<KeyRecordDf>(_foundAkey)->RecordBytes,
            DependsOn = _view.DependsOn,
        };
        return dkeyLength < 0 || akeyLength < 0 ? DerCode.KeyTooBig : DerCode.Success;
    }

    // The key's length, negative when it does not fit.
    private int Copy(ulong record, Span<byte> destination)
    {
        ReadOnlySpan<byte> key = KeyRecordDf.Key(store.Memory.Arena, record);
        return key.TryCopyTo(destination) ? key.Length : -key.Length;
    }
}
