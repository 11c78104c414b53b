using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Timestamps;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Io;

/// <summary>Finding what a fetch shows: one synchronous run through the trees.</summary>
public sealed unsafe partial class FetchPlan
{
    private long _resolvedAt;

    /// <summary>
    /// Finds sizes, pieces and, when nothing lies in the data file, checksums. Absent keys are no error, unless a condition asks.
    /// May be called again after waiting for <see cref="DependsOn"/>.
    /// </summary>
    /// <returns>
    /// Success; DER_NONEXIST by conditions; DER_TX_RESTART when something was written where the epoch is uncertain; DER_INPROGRESS,
    /// DER_DATA_LOSS or DER_TX_UNCERTAIN by an undecided transaction (<see cref="StoreShard.BlockingTransactions"/>); DER_CONT_NONEXIST; DER_EP_OLD below the aggregated epoch; DER_REC2BIG above 64 MiB for one value; DER_OVERFLOW for too many pieces; DER_CSUM when a stored chunk of
    /// which a part is wanted is damaged.
    /// </returns>
    public DerCode Resolve()
    {
        Clear();
        if (_failure.IsError)
        {
            return _failure;
        }

        DerCode code = _store.LocateContainer(_target.Container, _target.Epoch.Value, out ulong container);
        if (code.IsError)
        {
            return code;
        }

        code = ResolveIn(container);
        if (_target.Epoch.IsSet)
        {
            code = EndReads(code);
        }
        else if (_view.Refusal.IsError)
        {
            code = _view.Refusal;
        }

        if (code.IsError || (_target.Flags & OperationFlags.SizesOnly) != 0)
        {
            return code;
        }

        _resolvedAt = _store.Memory.Transaction.CommittedCount;
        if (!NeedsDataRead)
        {
            return ChecksumAll();
        }

        _readTicket = _readTicket >= 0 ? _readTicket : _store.Shard.DataSpace.EnterRead();
        return HoldArena();
    }

    private DerCode ResolveIn(ulong container)
    {
        DerCode code = DerCode.Success;
        _view = _store.ViewOf(in _target);
        VersionStamp hidden = default;
        ulong dkey = _store.LocateDkey(container, in _target, ref hidden, ref _view);
        if (dkey == 0 && (_target.Conditions & UpdateConditions.DkeyFetch) != 0)
        {
            return DerCode.Nonexist;
        }

        for (int i = 0; i < _count && code.IsSuccess; i++)
        {
            code = ResolveEntry(i, dkey, hidden);
        }

        return code;
    }

    // The transaction has read every akey that it asked for, and with a condition on it, or with no akey, the dkey.
    private DerCode EndReads(DerCode code)
    {
        if (_count == 0 || (_target.Conditions & UpdateConditions.DkeyFetch) != 0)
        {
            code = _store.EndRead(code, in _target, TimestampLevel.Dkey, in _view);
        }

        for (int i = 0; i < _count && code != DerCode.TxRestart; i++)
        {
            code = _store.EndRead(code, in _target, new KeyBytes(_entries[i].Akey, _entries[i].AkeyLength), in _view);
        }

        return code;
    }

    /// <summary>
    /// Copies what lies in the arena into the plan, so that the caller may await before it copies or sends. DER_OVERFLOW above 16 MiB.
    /// </summary>
    public DerCode Hold() => _held ? DerCode.Success : HoldArena();

    private void Clear()
    {
        ReturnBuffer();
        _pieceCount = 0;
        _view = default;
        NeedsDataRead = false;
        TotalBytes = 0;
        _damagedPiece = -1;
        ClearLoading();
    }

    private DerCode ResolveEntry(int value, ulong dkey, VersionStamp hidden)
    {
        ref FetchEntry entry = ref _entries[value];
        entry.Exists = false;
        entry.RecordBytes = 0;
        entry.ValueBytes = 0;
        entry.PieceStart = _pieceCount;
        entry.PieceCount = 0;
        entry.ChecksumType = ChecksumType.None;
        entry.ChunkBytes = 0;
        entry.ChecksumStart = 0;
        entry.ChecksumWords = 0;
        ulong akey = dkey == 0
            ? 0
            : _store.LocateAkey(dkey, _target.Object.AkeyOrder, entry.Akey, entry.AkeyLength, ref hidden, ref _view);
        if (akey == 0)
        {
            return MustExist(in entry) ? DerCode.Nonexist : DerCode.Success;
        }

        AkeyType type = _store.Memory.Read<KeyRecordDf>(akey)->Type;
        if (type != entry.Type)
        {
            // Of the kind that was asked for there is nothing.
            return MustExist(in entry) ? DerCode.Nonexist : DerCode.Success;
        }

        DerCode code = type == AkeyType.Single
            ? ResolveSingle(value, akey, hidden)
            : ResolveExtents(value, akey, hidden);
        TotalBytes += entry.ValueBytes;
        entry.PieceCount = _pieceCount - entry.PieceStart;
        return code;
    }

    private bool MustExist(in FetchEntry entry) =>
        (_target.Conditions & UpdateConditions.AkeyFetch) != 0
        || ((_target.Conditions & UpdateConditions.PerAkey) != 0 && (entry.Conditions & UpdateConditions.AkeyFetch) != 0);

    private DerCode ResolveSingle(int value, ulong akey, VersionStamp hidden)
    {
        ref FetchEntry entry = ref _entries[value];
        ulong record = SingleValues.Find(_store.Memory, akey, hidden, ref _view);
        if (record == 0)
        {
            return DerCode.Success;
        }

        var version = _store.Memory.Read<VersionDf>(record);
        entry.Exists = true;
        entry.RecordBytes = version->ValueBytes;
        entry.ValueBytes = version->ValueBytes;
        ChecksumType type = version->Integrity.Type;
        entry.ChecksumType = type;
        long bytes = version->ValueBytes;
        int checksum = AddStoredChecksums(&version->Checksum, ChecksumTypes.Words(type));
        var piece = new FetchPieceState
        {
            Entry = value,
            Media = version->Media,
            StoredEnd = (ulong)bytes,
            Stamp = version->Stamp,
            IsCorrupted = version->Integrity.IsCorrupted,
            ChecksumType = type,
            ChecksumStart = checksum,
            ChecksumCount = type == ChecksumType.None ? 0 : 1,
        };
        if (version->Media == ValueMedia.Arena)
        {
            piece.LengthBytes = bytes;
            piece.Position = record + (ulong)version->ValueOffset;
            AddPiece(piece);
            return DerCode.Success;
        }

        NeedsDataRead = true;
        foreach (ref readonly DataReferenceDf run in DataRuns.Of(_store.Memory.Arena, record))
        {
            AddRun(run.Extent, bytes, piece);
            piece.OffsetBytes += run.Extent.LengthBytes;
        }

        return _pieceCount > ObjectLimits.FragmentsMax ? DerCode.Overflow : DerCode.Success;
    }

    // The part of a single value that lies in a run, in pieces of a media buffer.
    private void AddRun(DataExtent run, long valueBytes, FetchPieceState piece)
    {
        long start = piece.OffsetBytes;
        long bytes = Math.Min(valueBytes - start, run.LengthBytes);
        long done = 0;
        do
        {
            piece.OffsetBytes = start + done;
            piece.FirstByte = (ulong)piece.OffsetBytes;
            piece.LengthBytes = Math.Min(bytes - done, MediaBuffers.BufferBytes);
            piece.Position = (ulong)(run.OffsetBytes + done);
            AddPiece(piece);
            done += piece.LengthBytes;
        }
        while (done < bytes);
    }

    private DerCode ResolveExtents(int value, ulong akey, VersionStamp hidden)
    {
        ref FetchEntry entry = ref _entries[value];
        entry.Exists = true;
        entry.RecordBytes = _store.Memory.Read<KeyRecordDf>(akey)->RecordBytes;
        if (entry.Count > (ulong)ObjectLimits.ValueBytesMax / (ulong)entry.RecordBytes)
        {
            return DerCode.RecordTooBig;
        }

        entry.ValueBytes = (long)entry.Count * entry.RecordBytes;
        DerCode code = _visible.Build(_store.Memory, akey, hidden, ref _view, entry.Side + entry.Start, entry.Side + entry.Start + entry.Count);
        if (code.IsError)
        {
            return code;
        }

        ChooseChecksums(ref entry);
        foreach (ExtentFragment fragment in _visible.Fragments)
        {
            if (_pieceCount > ObjectLimits.FragmentsMax)
            {
                return DerCode.Overflow;
            }

            AddFragment(value, fragment);
        }

        return DerCode.Success;
    }

    // The answer is cut into chunks like the first extent that has checksums; with one that has none there are none to give. A short answer of
    // one range takes their parts, so that what is stored can be handed on; more of them would have to be told in one description.
    private void ChooseChecksums(ref FetchEntry entry)
    {
        foreach (ExtentFragment fragment in _visible.Fragments)
        {
            if (fragment.IsHole)
            {
                continue;
            }

            var extent = _store.Memory.Read<ExtentDf>(fragment.Extent);
            if (extent->Integrity.Type == ChecksumType.None)
            {
                entry.ChecksumType = ChecksumType.None;
                return;
            }

            if (entry.ChecksumType == ChecksumType.None)
            {
                entry.ChecksumType = extent->Integrity.Type;
                bool takesParts = _count == 1 && entry.ValueBytes <= GatheredBytesMax;
                entry.ChunkBytes = AnswerChunkBytes != 0 ? AnswerChunkBytes : takesParts ? extent->Chunks.PartBytes : extent->Chunks.Bytes;
            }
        }
    }

    private void AddFragment(int value, ExtentFragment fragment)
    {
        ref FetchEntry entry = ref _entries[value];
        ulong recordBytes = (ulong)entry.RecordBytes;
        ulong first = (fragment.Start - entry.Side) * recordBytes;
        ulong end = (fragment.End - entry.Side) * recordBytes;
        ulong origin = entry.Start * recordBytes;
        var piece = new FetchPieceState { Entry = value, Media = ValueMedia.Hole };
        ExtentDf* extent = null;
        if (!fragment.IsHole)
        {
            extent = _store.Memory.Read<ExtentDf>(fragment.Extent);
            piece.Media = extent->Media;
            piece.StoredStart = (extent->Start - entry.Side) * recordBytes;
            piece.StoredEnd = (extent->End - entry.Side) * recordBytes;
            piece.Stamp = extent->Stamp;
            piece.IsCorrupted = extent->Integrity.IsCorrupted;
            piece.ChecksumType = extent->Integrity.Type;
            piece.ChunkBytes = extent->Chunks.PartBytes;
            piece.Position = extent->Media == ValueMedia.Data
                ? extent->Data.Block * DataExtent.BlockBytes
                : fragment.Extent + (ulong)extent->InlineOffset;
            NeedsDataRead |= extent->Media == ValueMedia.Data;
        }

        ulong stored = piece.Position;
        while (first < end)
        {
            ulong pieceEnd = piece.Media == ValueMedia.Data ? FetchLayout.PieceEnd(in piece, first, end) : end;
            piece.FirstByte = first;
            piece.OffsetBytes = (long)(first - origin);
            piece.LengthBytes = (long)(pieceEnd - first);
            piece.Position = stored + (first - piece.StoredStart);
            if (extent != null && piece.ChecksumType != ChecksumType.None)
            {
                int skip = (int)((first / piece.ChunkBytes) - (piece.StoredStart / piece.ChunkBytes));
                piece.ChecksumCount = (int)ChecksumRun.CountOf(first, pieceEnd - first, piece.ChunkBytes);
                int words = ChecksumTypes.Words(piece.ChecksumType);
                Invariant.Check((skip + piece.ChecksumCount) * words <= (int)extent->ChecksumWords);
                piece.ChecksumStart = AddStoredChecksums((uint*)(extent + 1) + (skip * words), piece.ChecksumCount * words);
            }

            AddPiece(piece);
            first = pieceEnd;
        }
    }

    private void AddPiece(in FetchPieceState piece)
    {
        if (_pieceCount == _pieces.Length)
        {
            Array.Resize(ref _pieces, _pieceCount * 2);
        }

        _pieces[_pieceCount++] = piece;
    }
}
