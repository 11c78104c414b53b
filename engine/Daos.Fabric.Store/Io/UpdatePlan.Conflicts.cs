using Daos.Fabric.Store.Timestamps;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Io;

/// <summary>What an update asks before it writes: its conditions, who has read what it changes, and what lies at its own epoch.</summary>
public sealed unsafe partial class UpdatePlan
{
    private DerCode CheckConditions(ulong container, ref WriteView write)
    {
        VersionStamp hidden = default;
        ulong dkey = _store.LocateDkey(container, in _target, ref hidden, ref write.View);
        UpdateConditions conditions = _target.Conditions;
        if (dkey != 0 && (conditions & UpdateConditions.DkeyInsert) != 0)
        {
            return DerCode.Exists;
        }

        if (dkey == 0 && (conditions & UpdateConditions.DkeyUpdate) != 0)
        {
            return DerCode.Nonexist;
        }

        const UpdateConditions OnAkeys = UpdateConditions.AkeyInsert | UpdateConditions.AkeyUpdate;
        bool perAkey = (conditions & UpdateConditions.PerAkey) != 0;
        for (int i = 0; i < _count && (perAkey || (conditions & OnAkeys) != 0); i++)
        {
            VersionStamp below = hidden;
            ref UpdateEntry entry = ref _entries[i];
            conditions = perAkey ? entry.Conditions & OnAkeys : conditions;
            if (conditions == UpdateConditions.None)
            {
                continue;
            }

            bool exists = dkey != 0 && _store.LocateAkey(
                dkey, _target.Object.AkeyOrder, entry.Akey, entry.AkeyLength, ref below, ref write.View) != 0;
            if (exists && (conditions & UpdateConditions.AkeyInsert) != 0)
            {
                return DerCode.Exists;
            }

            if (!exists && (conditions & UpdateConditions.AkeyUpdate) != 0)
            {
                return DerCode.Nonexist;
            }
        }

        return DerCode.Success;
    }

    // What the conditions looked at counts as read, whatever the answer was.
    private void NoteConditions(ulong epoch)
    {
        const UpdateConditions OnDkey = UpdateConditions.DkeyInsert | UpdateConditions.DkeyUpdate;
        const UpdateConditions OnAkeys = UpdateConditions.AkeyInsert | UpdateConditions.AkeyUpdate;
        ulong reader = ReadTimestamps.ReaderOf(in _target);
        EntityPath dkey = EntityPath.Of(in _target, TimestampLevel.Dkey);
        if ((_target.Conditions & OnDkey) != 0)
        {
            _store.Reads.Note(in dkey, epoch, reader);
        }

        bool perAkey = (_target.Conditions & UpdateConditions.PerAkey) != 0;
        for (int i = 0; i < _count; i++)
        {
            ref UpdateEntry entry = ref _entries[i];
            if (((perAkey ? entry.Conditions : _target.Conditions) & OnAkeys) != 0)
            {
                EntityPath akey = dkey.ToAkey(entry.Akey, entry.AkeyLength);
                _store.Reads.Note(in akey, epoch, reader);
            }
        }
    }

    // A punched range where nothing is leaves nothing behind; an older write must not show up in it later.
    private void NoteNothing(in UpdateEntry entry, ulong epoch)
    {
        if ((_target.Flags & OperationFlags.Replay) == 0)
        {
            EntityPath akey = EntityPath.Of(in _target, TimestampLevel.Dkey).ToAkey(entry.Akey, entry.AkeyLength);
            _store.Reads.Note(in akey, epoch, ReadTimestamps.ReaderOf(in _target));
        }
    }

    private bool IsForbidden(ulong epoch)
    {
        if ((_target.Flags & OperationFlags.Replay) != 0)
        {
            return false;
        }

        ulong writer = ReadTimestamps.ReaderOf(in _target);
        EntityPath dkey = EntityPath.Of(in _target, TimestampLevel.Dkey);
        for (int i = 0; i < _count; i++)
        {
            EntityPath akey = dkey.ToAkey(_entries[i].Akey, _entries[i].AkeyLength);
            if (_store.Reads.Forbids(in akey, epoch, writer))
            {
                return true;
            }
        }

        return false;
    }

    // Epochs minted here are never used twice and newer than everything; only one that came from elsewhere can meet what was written at
    // it, or between it and the end of what is uncertain.
    private DerCode CheckNeighbours(ulong akey, in UpdateEntry entry, ref WriteView write)
    {
        if (entry.Type == AkeyType.Array && OverlapsAtStamp(akey, in entry, write.Stamp, ref write.View))
        {
            return DerCode.VosPartialUpdate;
        }

        if (entry.Type == AkeyType.Single && _target.EpochBound.IsSet)
        {
            SingleValues.Find(_store.Memory, akey, write.Hidden, ref write.View);
        }

        return write.View.MetUncertain ? DerCode.TxRestart : DerCode.Success;
    }

    private bool OverlapsAtStamp(ulong akey, in UpdateEntry entry, VersionStamp stamp, ref ReadView view)
    {
        TreeMemory memory = _store.Memory;
        for (uint classes = ArrayExtents.ClassesOf(memory, akey); classes != 0; classes &= classes - 1)
        {
            int lengthClass = System.Numerics.BitOperations.TrailingZeroCount(classes);
            ulong reach = ExtentClassesDf.CountMaxOf(lengthClass) - 1;
            Unsafe.SkipInit(out TreeCursor cursor);
            cursor.Reset(memory.Arena, ArrayExtents.RootOf(memory, akey, lengthClass));
            bool more = cursor.SeekAtLeast(new ExtentKey(entry.Start - Math.Min(entry.Start, reach), 0, VersionStamp.Zero));
            for (; more; more = cursor.MoveNext())
            {
                var other = memory.Read<ExtentDf>(cursor.Record);
                if (other->Start >= entry.End)
                {
                    break;
                }

                bool isSame = other->Start == entry.Start && other->Count == entry.Count;
                if (other->End > entry.Start)
                {
                    view.Admits(other->Stamp, other->Transaction);
                    if (other->Stamp == stamp && !isSame)
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }
}
