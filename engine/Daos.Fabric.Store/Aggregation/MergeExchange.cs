using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Reclaim;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Aggregation;

/// <summary>The transaction of a merge: one new extent comes, and those that show nothing any more go. Owned by one xstream.</summary>
internal sealed unsafe class MergeExchange(ObjectStore store, RecordFreer freer)
{
    private readonly TreeMemory _memory = store.Memory;
    private readonly VisibleExtents _visible = new();

    /// <summary>
    /// Exchanges new for old. DER_AGAIN: nothing was done, await the shard's admission; DER_TX_RESTART: the array is not what it was;
    /// DER_NOSPACE, DER_REC2BIG; DER_IO, DER_SHUTDOWN.
    /// </summary>
    public DerCode Commit(in MergeTarget target, MergeRun run, EpochWindow window, in MergedValue value)
    {
        DerCode code = store.BeginTransaction(freesSpace: true);
        if (code.IsError)
        {
            return code;
        }

        ulong akey = Locate(in target, window, out VersionStamp hidden);
        VersionStamp under = VersionStamp.Max(hidden, window.Before);
        code = akey != 0 && IsAsItWas(akey, run, under, window) ? Add(akey, run, in value) : DerCode.TxRestart;
        if (code.IsError)
        {
            store.AbortTransaction();
            return code;
        }

        if (value.Data.Blocks > 0)
        {
            store.Shard.DataSpace.Publish(_memory.Transaction, value.Data);
        }

        RemoveCovered(akey, run, under, window);
        code = _memory.Transaction.Commit(out _);
        return code;
    }

    private ulong Locate(in MergeTarget target, EpochWindow window, out VersionStamp hidden)
    {
        hidden = VersionStamp.Zero;
        ReadView view = ReadView.UpTo(store.Unstable, window.Last);
        ulong container = store.Containers.Find(target.Container);
        var place = new ObjectTarget
        {
            Container = target.Container,
            Object = target.Object,
            Dkey = target.Dkey.Address,
            DkeyLength = target.Dkey.Length,
        };
        ulong dkey = container == 0 ? 0 : store.LocateDkey(container, in place, ref hidden, ref view);
        ulong akey = dkey == 0
            ? 0
            : store.LocateAkey(dkey, target.Object.AkeyOrder, target.Akey.Address, target.Akey.Length, ref hidden, ref view);
        return akey != 0 && _memory.Read<KeyRecordDf>(akey)->Type == AkeyType.Array ? akey : 0;
    }

    private bool IsAsItWas(ulong akey, MergeRun run, VersionStamp under, EpochWindow window)
    {
        ReadView view = ReadView.UpTo(store.Unstable, window.Last);
        if (_memory.Read<KeyRecordDf>(akey)->RecordBytes != run.RecordBytes
            || _visible.Build(_memory, akey, under, ref view, run.Start, run.End).IsError)
        {
            return false;
        }

        foreach (ExtentFragment fragment in _visible.Fragments)
        {
            if (fragment.Extent == 0
                || fragment.IsHole
                || !run.Has(fragment.Extent)
                || _memory.Read<ExtentDf>(fragment.Extent)->Integrity.IsCorrupted)
            {
                return false;
            }
        }

        return true;
    }

    private DerCode Add(ulong akey, MergeRun run, in MergedValue value)
    {
        ValueMedia media = value.Data.Blocks > 0 ? ValueMedia.Data : ValueMedia.Arena;
        ulong record = _memory.Transaction.Allocate(ExtentDf.AllocationBytes(media, (uint)value.ChecksumWords, run.Bytes));
        if (record == 0)
        {
            return DerCode.NoSpace;
        }

        var extent = _memory.Read<ExtentDf>(record);
        VersionStamp stamp = run.Stamp;
        extent->Epoch = stamp.Epoch;
        extent->Minor = stamp.Minor;
        extent->Media = media;
        extent->Integrity = new Integrity(run.Type);
        extent->Start = run.Start;
        extent->Count = run.End - run.Start;
        extent->Chunks = run.Chunks;
        extent->ChecksumWords = (uint)value.ChecksumWords;
        Unsafe.CopyBlockUnaligned(extent + 1, value.Checksums, (uint)value.ChecksumWords * sizeof(uint));
        if (media == ValueMedia.Data)
        {
            extent->Data = DataReferenceDf.Of(value.Data);
        }
        else
        {
            Unsafe.CopyBlockUnaligned((byte*)extent + extent->InlineOffset, value.Bytes, (uint)run.Bytes);
        }

        return ArrayExtents.Add(_memory, akey, record);
    }

    // Sources that show elsewhere too stay until that is written again as well, or nothing shows any more.
    private void RemoveCovered(ulong akey, MergeRun run, VersionStamp under, EpochWindow window)
    {
        int redoMax = store.Shard.Log.TransactionBytesMax / 2;
        foreach (ref readonly ExtentIdentity source in run.Sources)
        {
            if (_memory.Transaction.RedoBytes > redoMax)
            {
                // The next way through finds the rest covered.
                return;
            }

            if (run.Has(source.Record) && !Shows(akey, in source, under, window))
            {
                ArrayExtents.Remove(_memory, akey, source.Record);
                freer.FreeExtent(source.Record, run.RecordBytes);
            }
        }
    }

    private bool Shows(ulong akey, in ExtentIdentity source, VersionStamp under, EpochWindow window)
    {
        ReadView view = ReadView.UpTo(store.Unstable, window.Last);
        if (_visible.Build(_memory, akey, under, ref view, source.Start, source.Start + source.Count).IsError)
        {
            return true;
        }

        foreach (ExtentFragment fragment in _visible.Fragments)
        {
            if (fragment.Extent == source.Record)
            {
                return true;
            }
        }

        return false;
    }
}
