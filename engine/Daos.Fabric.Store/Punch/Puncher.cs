using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Results;
using Daos.Fabric.Store.Timestamps;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Punch;

/// <summary>
/// Punches objects, dkeys and akeys: an event in an incarnation log, so that reads at older epochs still see what was there. Owned by one
/// xstream.
/// </summary>
internal sealed unsafe class Puncher(ObjectStore store)
{
    private readonly EmptinessCheck _akeysLeft = new(store.Memory);
    private readonly EmptinessCheck _dkeysLeft = new(store.Memory);
    private readonly NewerWrites _newer = new(store.Memory);
    private bool _isLate;
    private TimestampLevel _level;
    private bool _looked;

    /// <summary>Punches in one local transaction; see <see cref="StoreShard.Punch"/>.</summary>
    public DerCode Punch(
        in ObjectTarget target, PunchScope scope, ReadOnlySpan<KeyBytes> akeys, out LogPosition position, out Epoch epoch)
    {
        epoch = default;
        position = default;
        DerCode code = Validate(in target, scope, akeys);
        if (code.IsError)
        {
            return code;
        }

        code = store.FindResult(target.Modification, out StoredResult first, out position);
        if (code != DerCode.Nonexist)
        {
            epoch = first.Epoch;
            return code.IsSuccess ? first.Code : code;
        }

        code = store.EpochOf(in target, out ulong stamp);
        if (code.IsSuccess)
        {
            code = store.BeginTransaction(freesSpace: true);
        }

        if (code.IsError)
        {
            return code;
        }

        epoch = new Epoch(stamp);
        code = PunchAt(in target, scope, akeys, new VersionStamp(stamp, target.MinorEpoch), out position);
        return store.EndModification(code, in target, stamp, ref position);
    }

    /// <summary>Punches at a stamp, in the local transaction under way.</summary>
    public DerCode PunchAt(
        in ObjectTarget target, PunchScope scope, ReadOnlySpan<KeyBytes> akeys, VersionStamp stamp, out LogPosition dependsOn)
    {
        // Something newer may have been written on the strength of what a late punch takes away.
        _isLate = target.Epoch.IsSet && stamp.Epoch <= store.HighestEpoch && Spreads(in target);
        _level = scope == PunchScope.Object ? TimestampLevel.Object : scope == PunchScope.Dkey ? TimestampLevel.Dkey : TimestampLevel.Akey;
        _looked = scope == PunchScope.Akeys || (target.Conditions & UpdateConditions.Punch) != 0;
        var write = WriteView.At(store.Unstable, stamp, target.Epoch.IsSet ? target.EpochBound : default);

        // What is not there needs no punch: that is a question, and an undecided transaction may be the answer.
        write.View.Rule = OpenRule.Waits;
        DerCode code = Apply(in target, scope, akeys, ref write);
        dependsOn = write.View.DependsOn;
        return write.View.MetUncertain ? DerCode.TxRestart
            : write.View.Refusal.IsError ? write.View.Refusal
            : Serialize(code, in target, akeys, stamp.Epoch);
    }

    /// <summary>Bounds of the keys of a punch.</summary>
    public static DerCode Validate(in ObjectTarget target, PunchScope scope, ReadOnlySpan<KeyBytes> akeys)
    {
        if (scope == PunchScope.Object)
        {
            return DerCode.Success;
        }

        DerCode code = KeyTree.Validate(target.Object.DkeyOrder, target.DkeyLength);
        foreach (KeyBytes akey in akeys)
        {
            code = code.IsError ? code : KeyTree.Validate(target.Object.AkeyOrder, akey.Length);
        }

        return scope == PunchScope.Akeys && akeys.IsEmpty ? DerCode.Invalid : code;
    }

    private DerCode Apply(in ObjectTarget target, PunchScope scope, ReadOnlySpan<KeyBytes> akeys, ref WriteView write)
    {
        DerCode code = store.LocateForWrite(target.Container, write.Stamp.Epoch, out ulong container);
        if (code.IsError)
        {
            return code;
        }

        // What is not there needs no punch; a condition makes that an error.
        DerCode absent = (target.Conditions & UpdateConditions.Punch) != 0 ? DerCode.Nonexist : DerCode.Success;
        if (scope == PunchScope.Object)
        {
            ulong found = store.Objects.Find(container, target.Object);
            if (found == 0 || !IncarnationLog.Exists(store.Memory, found, ref write.Hidden, ref write.View))
            {
                _looked = true;
                return absent;
            }

            store.NoteWrite(found, write.Stamp.Epoch);
            return _isLate && _newer.InObject(found, write.Stamp)
                ? DerCode.TxRestart
                : IncarnationLog.Add(
                    store.Memory, found, container + ContainerDf.ObjectsOffset, IncarnationKind.Punch, write.Stamp);
        }

        VersionStamp above = write.Hidden;
        ulong dkey = store.LocateDkey(container, in target, ref write.Hidden, ref write.View);
        if (dkey == 0)
        {
            _looked = true;
            return absent;
        }

        store.NoteWrite(store.Objects.Find(container, target.Object), write.Stamp.Epoch);
        bool punchesDkey = scope == PunchScope.Dkey;
        code = DerCode.Success;
        if (!punchesDkey)
        {
            code = PunchAkeys(in target, dkey, akeys, absent, ref write, out bool punched);
            punchesDkey = punched && Spreads(in target) && !HasAkeys(in target, dkey, ref write);
        }

        if (code.IsSuccess && punchesDkey && _isLate && _newer.InDkey(dkey, write.Stamp))
        {
            return DerCode.TxRestart;
        }

        if (code.IsSuccess && punchesDkey)
        {
            _level = _level == TimestampLevel.Akey ? TimestampLevel.Dkey : _level;
            ulong dkeys = store.Objects.Find(container, target.Object) + ObjectDf.DkeysOffset;
            code = IncarnationLog.Add(store.Memory, dkey, dkeys, IncarnationKind.Punch, write.Stamp);
            write.Hidden = above;
            code = code.IsSuccess ? PunchEmptyObject(container, in target, ref write) : code;
        }

        return code;
    }

    private DerCode PunchAkeys(
        in ObjectTarget target, ulong dkey, ReadOnlySpan<KeyBytes> akeys, DerCode absent, ref WriteView write, out bool punched)
    {
        punched = false;
        KeyOrder order = target.Object.AkeyOrder;
        if (absent.IsError)
        {
            // All or nothing: look before the first change.
            foreach (KeyBytes akey in akeys)
            {
                VersionStamp hidden = write.Hidden;
                if (store.LocateAkey(dkey, order, akey.Address, akey.Length, ref hidden, ref write.View) == 0)
                {
                    return absent;
                }
            }
        }

        foreach (KeyBytes akey in akeys)
        {
            VersionStamp hidden = write.Hidden;
            ulong found = store.LocateAkey(dkey, order, akey.Address, akey.Length, ref hidden, ref write.View);
            if (found == 0)
            {
                continue;
            }

            DerCode code = _isLate && _newer.InAkey(found, write.Stamp)
                ? DerCode.TxRestart
                : IncarnationLog.Add(
                    store.Memory, found, dkey + KeyRecordDf.BelowOffset, IncarnationKind.Punch, write.Stamp);
            if (code.IsError)
            {
                return code;
            }

            punched = true;
        }

        return DerCode.Success;
    }

    // Against the reads of others; and what was looked at counts as read: by a condition, to see whether a dkey is empty now, or because
    // nothing was there, and so nothing was left behind that would hide an older write.
    private DerCode Serialize(DerCode code, in ObjectTarget target, ReadOnlySpan<KeyBytes> akeys, ulong epoch)
    {
        if (!Spreads(in target) || (code.IsError && code != DerCode.Nonexist))
        {
            return code;
        }

        ulong reader = ReadTimestamps.ReaderOf(in target);
        EntityPath path = EntityPath.Of(in target, _level == TimestampLevel.Object ? TimestampLevel.Object : TimestampLevel.Dkey);
        if (code.IsSuccess && !store.Reads.IsFree(epoch))
        {
            bool isForbidden = _level != TimestampLevel.Akey && store.Reads.Forbids(in path, epoch, reader);
            for (int i = 0; i < akeys.Length && _level == TimestampLevel.Akey && !isForbidden; i++)
            {
                EntityPath akey = path.ToAkey(akeys[i].Address, akeys[i].Length);
                isForbidden = store.Reads.Forbids(in akey, epoch, reader);
            }

            if (isForbidden)
            {
                return DerCode.TxRestart;
            }
        }

        if (_looked)
        {
            store.Reads.Note(in path, epoch, reader);
        }

        return code;
    }

    private static bool Spreads(in ObjectTarget target) => (target.Flags & OperationFlags.Replay) == 0;

    private bool HasAkeys(in ObjectTarget target, ulong dkey, ref WriteView write) =>
        HasAny(_akeysLeft, dkey, store.Memory.Read<KeyRecordDf>(dkey)->Below, target.Object.AkeyOrder, ref write);

    // An undecided key matters only when there is none that exists for certain.
    private static bool HasAny(EmptinessCheck check, ulong owner, ulong root, KeyOrder order, ref WriteView write)
    {
        DerCode before = write.View.Refusal;
        bool found = check.HasAny(owner, root, order, ref write);
        write.View.Refusal = found ? before : write.View.Refusal;
        return found;
    }

    private DerCode PunchEmptyObject(ulong container, in ObjectTarget target, ref WriteView write)
    {
        if (!store.Shard.Options.PunchSpreadsToObject || !Spreads(in target))
        {
            return DerCode.Success;
        }

        ulong found = store.Objects.Find(container, target.Object);
        IncarnationLog.Exists(store.Memory, found, ref write.Hidden, ref write.View);
        store.Reads.Note(EntityPath.Of(in target, TimestampLevel.Object), write.Stamp.Epoch, ReadTimestamps.ReaderOf(in target));
        if (HasAny(_dkeysLeft, found, store.Memory.Read<ObjectDf>(found)->Dkeys, target.Object.DkeyOrder, ref write))
        {
            return DerCode.Success;
        }

        _level = TimestampLevel.Object;
        return _isLate && _newer.InObject(found, write.Stamp)
            ? DerCode.TxRestart
            : IncarnationLog.Add(store.Memory, found, container + ContainerDf.ObjectsOffset, IncarnationKind.Punch, write.Stamp);
    }
}
