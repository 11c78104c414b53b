using Daos.Fabric.Store.Results;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Io;

/// <summary>The transaction of an update: one synchronous run through the trees.</summary>
public sealed unsafe partial class UpdatePlan
{
    /// <summary>
    /// Waits until <see cref="Commit"/> may be called, with nothing awaited in between: for room in the log and the clock's ceiling
    /// (<see cref="StoreShard.AdmitAsync"/>); once for a moment while space is tight; and after a commit that found no space until some has
    /// come back. A plan that is committed without this hears DER_NOSPACE at once. DER_IO, DER_SHUTDOWN.
    /// </summary>
    public ValueTask<DerCode> AdmitAsync() => _admission.AdmitAsync();

    /// <summary>
    /// Applies the update in one local transaction. The answer may leave once <paramref name="position"/> is stable, also when it is an
    /// error. A resend gets its first answer here and changes nothing.
    /// </summary>
    /// <param name="position">Wait for it before answering.</param>
    /// <param name="epoch">Where the update was applied.</param>
    /// <returns>
    /// Success; DER_EXIST, DER_NONEXIST by conditions; DER_CSUM when bytes and checksums differ; DER_CONT_NONEXIST; DER_NO_PERM when the
    /// akey holds another kind of value, DER_INVAL when its records have another size; DER_EP_OLD for a write up to the aggregated epoch
    /// or a modification answered long ago; DER_TX_RESTART when something stands at this very epoch, was read after it, or was written where it is uncertain; DER_INPROGRESS by an undecided
    /// transaction; DER_VOS_PARTIAL_UPDATE when it overlaps a part of a range written at this very epoch; DER_NOSPACE; DER_OVERLOAD_RETRY; DER_AGAIN: nothing
    /// happened, await <see cref="AdmitAsync"/> and call again.
    /// </returns>
    public DerCode Commit(out LogPosition position, out Epoch epoch)
    {
        position = default;
        epoch = default;
        DerCode code = Verify();
        if (code.IsError)
        {
            return code;
        }

        code = _store.FindResult(_target.Modification, out StoredResult first, out position);
        if (code != DerCode.Nonexist)
        {
            epoch = first.Epoch;
            return code.IsSuccess ? first.Code : code;
        }

        code = _store.EpochOf(in _target, out ulong stamp);
        if (code.IsSuccess)
        {
            code = _store.BeginTransaction();
        }

        if (code.IsError)
        {
            return code;
        }

        epoch = new Epoch(stamp);
        code = ApplyAt(new VersionStamp(stamp, _target.MinorEpoch), out position);
        code = _store.EndModification(code, in _target, stamp, ref position);
        if (code.IsSuccess)
        {
            Committed();
        }
        else if (code == DerCode.NoSpace && _admission.MayTryAgain())
        {
            return DerCode.Again;
        }

        return code;
    }

    /// <summary>For transactions: checks what must be known before one begins.</summary>
    internal DerCode Verify() => _failure.IsError || _verified ? _failure : VerifyValues();

    /// <summary>The local transaction that it was applied in was committed.</summary>
    internal void Committed() => _dataPublished = true;

    /// <summary>Applies it at a stamp, in the local transaction under way; see <see cref="Commit"/> for the codes.</summary>
    internal DerCode ApplyAt(VersionStamp stamp, out LogPosition dependsOn)
    {
        dependsOn = default;
        DerCode code = _store.LocateForWrite(_target.Container, stamp.Epoch, out ulong container);
        if (code.IsError)
        {
            return code;
        }

        WriteView write = WriteView.At(_store.Unstable, stamp, _target.Epoch.IsSet ? _target.EpochBound : default);
        if (_target.Conditions != UpdateConditions.None)
        {
            write.View.Rule = OpenRule.Waits;
            code = CheckConditions(container, ref write);
            dependsOn = write.View.DependsOn;
            if (write.View.MetUncertain)
            {
                return DerCode.TxRestart;
            }

            if (write.View.Refusal.IsError)
            {
                return write.View.Refusal;
            }

            NoteConditions(stamp.Epoch);
            if (code.IsError)
            {
                return code;
            }
        }

        if (!_store.Reads.IsFree(stamp.Epoch) && IsForbidden(stamp.Epoch))
        {
            return DerCode.TxRestart;
        }

        // Whether there is something to punch is a question, and an undecided transaction may be the answer; a value needs none.
        bool onlyHoles = CountHoles() == _count;
        write.View.Rule = CountHoles() > 0 ? OpenRule.Waits : OpenRule.Either;
        if (onlyHoles && !HasDkey(container, write, out DerCode refusal))
        {
            if (refusal.IsError)
            {
                return refusal;
            }

            // A hole in nothing is nothing, and makes no key either.
            for (int i = 0; i < _count; i++)
            {
                NoteNothing(in _entries[i], stamp.Epoch);
            }

            return DerCode.Success;
        }

        code = _store.MakeObject(container, _target.Object, ref write, out ulong found);
        if (code.IsError)
        {
            return code;
        }

        code = _store.MakeKey(
            found + ObjectDf.DkeysOffset, _target.Object.DkeyOrder, _target.Dkey, _target.DkeyLength, ref write, out ulong dkey);
        for (int i = 0; i < _count && code.IsSuccess; i++)
        {
            code = ApplyEntry(ref _entries[i], dkey, write);
        }

        if (code.IsSuccess && (write.View.MetUncertain || write.View.Refusal.IsError))
        {
            return write.View.MetUncertain ? DerCode.TxRestart : write.View.Refusal;
        }

        if (code.IsSuccess)
        {
            PublishData();
        }

        return code;
    }

    private DerCode ApplyEntry(ref UpdateEntry entry, ulong dkey, WriteView write)
    {
        if (entry.Media == ValueMedia.Hole)
        {
            ulong there = _store.LocateAkey(dkey, _target.Object.AkeyOrder, entry.Akey, entry.AkeyLength, ref write.Hidden, ref write.View);
            if (write.View.Refusal.IsError)
            {
                return write.View.Refusal;
            }

            if (there == 0)
            {
                NoteNothing(in entry, write.Stamp.Epoch);
                return DerCode.Success;
            }
        }

        DerCode code = _store.MakeKey(
            dkey + KeyRecordDf.BelowOffset, _target.Object.AkeyOrder, entry.Akey, entry.AkeyLength, ref write, out ulong akey);
        if (code.IsError || write.View.Refusal.IsError)
        {
            return code.IsError ? code : write.View.Refusal;
        }

        code = SetType(akey, ref entry, write.Stamp);
        if (code.IsError)
        {
            return code;
        }

        if (_target.Epoch.IsSet)
        {
            code = CheckNeighbours(akey, in entry, ref write);
            if (code.IsError)
            {
                return code;
            }
        }

        return entry.Type == AkeyType.Single
            ? SingleValueWriter.Write(_store.Memory, akey, in entry, RunsOf(in entry), write.Stamp)
            : ExtentWriter.Write(_store.Memory, akey, in entry, RunsOf(in entry), write.Stamp);
    }

    private int CountHoles()
    {
        int holes = 0;
        for (int i = 0; i < _count; i++)
        {
            holes += _entries[i].Media == ValueMedia.Hole ? 1 : 0;
        }

        return holes;
    }

    private bool HasDkey(ulong container, WriteView write, out DerCode refusal)
    {
        bool found = _store.LocateDkey(container, in _target, ref write.Hidden, ref write.View) != 0;
        refusal = write.View.Refusal;
        return found && refusal.IsSuccess;
    }

    private DerCode SetType(ulong akey, ref UpdateEntry entry, VersionStamp stamp)
    {
        var key = _store.Memory.Read<KeyRecordDf>(akey);
        if (key->Type == entry.Type && (key->RecordBytes == (uint)entry.RecordBytes || entry.Media == ValueMedia.Hole))
        {
            return DerCode.Success;
        }

        if (key->Type != AkeyType.None)
        {
            // Whoever made it that way may still take it back.
            VersionStamp hidden = default;
            var before = new VersionStamp(stamp.Minor == 0 ? stamp.Epoch - 1 : stamp.Epoch, (ushort)(stamp.Minor - 1));
            ReadView view = ReadView.UpTo(_store.Unstable, before);
            view.Rule = OpenRule.Waits;
            view.SeesOwn(_store.Memory.Writer.Reference);
            IncarnationLog.Exists(_store.Memory, akey, ref hidden, ref view);
            return view.Refusal.IsError ? view.Refusal : key->Type == entry.Type ? DerCode.Invalid : DerCode.NoPerm;
        }

        key = _store.Memory.Edit<KeyRecordDf>(akey);
        key->Type = entry.Type;
        key->RecordBytes = (uint)entry.RecordBytes;
        return DerCode.Success;
    }

    private DerCode VerifyValues()
    {
        _verified = true;
        for (int i = 0; i < _count; i++)
        {
            ref UpdateEntry entry = ref _entries[i];
            if (entry.Media == ValueMedia.Data)
            {
                Invariant.Check(entry.PartsWritten == PartCount(i));
            }

            if (entry.Media != ValueMedia.Arena)
            {
                continue;
            }

            Invariant.Check(entry.Source != null || entry.ValueBytes == 0);
            DerCode code = entry.Run.Feed(entry.Source, entry.ValueBytes, _store.Digests);
            if (code.IsError)
            {
                return Fail(code);
            }
        }

        return DerCode.Success;
    }
}
