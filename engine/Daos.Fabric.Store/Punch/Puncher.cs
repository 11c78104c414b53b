using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Results;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Punch;

/// <summary>
/// Punches objects, dkeys and akeys: an event in an incarnation log, so that reads at older epochs still see what was there. Owned by one
/// xstream.
/// </summary>
internal sealed unsafe class Puncher(ObjectStore store)
{
    /// <summary>Akeys looked at, to find out whether a dkey has any left; with more dead ones in a row the dkey stays.</summary>
    private const int PropagationVisitsMax = 1024;

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
        if (target.Epoch.IsSet && stamp <= store.HighestEpoch)
        {
            // Something newer may have been written on the strength of what this punch takes away. Which keys it concerns only a cache of
            // timestamps could tell; without one every late punch is turned down.
            return store.EndModification(DerCode.TxRestart, in target, stamp, ref position);
        }

        var write = WriteView.At(store.Unstable, new VersionStamp(stamp, target.MinorEpoch));
        code = Apply(in target, scope, akeys, ref write);
        position = write.View.DependsOn;
        return store.EndModification(code, in target, stamp, ref position);
    }

    private static DerCode Validate(in ObjectTarget target, PunchScope scope, ReadOnlySpan<KeyBytes> akeys)
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
        DerCode code = store.LocateContainer(target.Container, write.Stamp.Epoch, out ulong container);
        if (code.IsError)
        {
            return code;
        }

        // What is not there needs no punch; a condition makes that an error.
        DerCode absent = (target.Conditions & UpdateConditions.Punch) != 0 ? DerCode.Nonexist : DerCode.Success;
        if (scope == PunchScope.Object)
        {
            ulong found = store.Objects.Find(container, target.Object);
            return found != 0 && IncarnationLog.Exists(store.Memory, found, ref write.Hidden, ref write.View)
                ? IncarnationLog.Add(store.Memory, found, IncarnationKind.Punch, write.Stamp)
                : absent;
        }

        ulong dkey = store.LocateDkey(container, in target, ref write.Hidden, ref write.View);
        if (dkey == 0)
        {
            return absent;
        }

        return scope == PunchScope.Dkey
            ? IncarnationLog.Add(store.Memory, dkey, IncarnationKind.Punch, write.Stamp)
            : PunchAkeys(in target, dkey, akeys, absent, ref write);
    }

    private DerCode PunchAkeys(in ObjectTarget target, ulong dkey, ReadOnlySpan<KeyBytes> akeys, DerCode absent, ref WriteView write)
    {
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

        bool punched = false;
        foreach (KeyBytes akey in akeys)
        {
            VersionStamp hidden = write.Hidden;
            ulong found = store.LocateAkey(dkey, order, akey.Address, akey.Length, ref hidden, ref write.View);
            if (found == 0)
            {
                continue;
            }

            DerCode code = IncarnationLog.Add(store.Memory, found, IncarnationKind.Punch, write.Stamp);
            if (code.IsError)
            {
                return code;
            }

            punched = true;
        }

        return punched && !HasAkeys(dkey, ref write)
            ? IncarnationLog.Add(store.Memory, dkey, IncarnationKind.Punch, write.Stamp)
            : DerCode.Success;
    }

    private bool HasAkeys(ulong dkey, ref WriteView write)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(store.Memory.Arena, store.Memory.Read<KeyRecordDf>(dkey)->Below);
        int visitsLeft = PropagationVisitsMax;
        for (bool more = cursor.SeekFirst(); more; more = cursor.MoveNext())
        {
            VersionStamp hidden = write.Hidden;
            if (visitsLeft-- == 0 || IncarnationLog.Exists(store.Memory, cursor.Record, ref hidden, ref write.View))
            {
                return true;
            }
        }

        return false;
    }
}
