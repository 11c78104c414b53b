using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Io;

/// <summary>What happens when a stored chunk does not fit its checksum: it is counted, reported, and its record marked for the scrubber.</summary>
public sealed partial class FetchPlan
{
    private int _damagedPiece = -1;

    /// <summary>
    /// After DER_CSUM of <see cref="Resolve"/>, <see cref="LoadAsync"/> or <see cref="GatherAsync"/>: marks the value as corrupted, in a
    /// transaction of its own, unless it is marked or gone. The caller's answer need not wait until that is stable: whoever reads the
    /// value again finds the damage again. DER_IO, DER_SHUTDOWN, DER_NOSPACE: not marked.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> MarkCorruptedAsync()
    {
        while (_damagedPiece >= 0)
        {
            DerCode code = await _store.Shard.AdmitAsync();
            code = code.IsSuccess ? MarkCorrupted(in _pieces[_damagedPiece]) : code;
            if (code != DerCode.Again)
            {
                _damagedPiece = -1;
                return code;
            }
        }

        return DerCode.Success;
    }

    private DerCode Damaged(int piece)
    {
        _damagedPiece = piece;
        _store.Corruption.NoteReadError();
        return DerCode.Checksum;
    }

    // Reading may have waited: the record is looked for again, by its stamp.
    private unsafe DerCode MarkCorrupted(in FetchPieceState piece)
    {
        ulong record = FindRecord(in piece);
        if (record == 0 || IsMarked(in piece, record))
        {
            return DerCode.Success;
        }

        DerCode code = _store.BeginTransaction(freesSpace: true);
        if (code.IsError)
        {
            return code;
        }

        if (_entries[piece.Entry].Type == AkeyType.Single)
        {
            _store.Memory.Edit<VersionDf>(record)->Integrity.MarkCorrupted();
        }
        else
        {
            _store.Memory.Edit<ExtentDf>(record)->Integrity.MarkCorrupted();
        }

        code = _store.Memory.Transaction.Commit(out _);
        if (code.IsSuccess)
        {
            _store.Corruption.Found(in _target, in _entries[piece.Entry], in piece);
        }

        return code;
    }

    private unsafe bool IsMarked(in FetchPieceState piece, ulong record) => _entries[piece.Entry].Type == AkeyType.Single
        ? _store.Memory.Read<VersionDf>(record)->Integrity.IsCorrupted
        : _store.Memory.Read<ExtentDf>(record)->Integrity.IsCorrupted;

    private unsafe ulong FindRecord(in FetchPieceState piece)
    {
        ref FetchEntry entry = ref _entries[piece.Entry];
        ReadView view = ReadView.UpTo(_store.Unstable, piece.Stamp);
        VersionStamp hidden = default;
        ulong container = _store.Containers.Find(_target.Container);
        ulong dkey = container == 0 ? 0 : _store.LocateDkey(container, in _target, ref hidden, ref view);
        ulong akey = dkey == 0
            ? 0
            : _store.LocateAkey(dkey, _target.Object.AkeyOrder, entry.Akey, entry.AkeyLength, ref hidden, ref view);
        if (akey == 0 || _store.Memory.Read<KeyRecordDf>(akey)->Type != entry.Type)
        {
            return 0;
        }

        return entry.Type == AkeyType.Single
            ? FindVersion(akey, hidden, ref view, piece.Stamp)
            : FindExtent(akey, hidden, ref view, in piece);
    }

    private unsafe ulong FindVersion(ulong akey, VersionStamp hidden, ref ReadView view, VersionStamp stamp)
    {
        ulong record = SingleValues.Find(_store.Memory, akey, hidden, ref view);
        return record != 0 && _store.Memory.Read<VersionDf>(record)->Stamp == stamp ? record : 0;
    }

    private unsafe ulong FindExtent(ulong akey, VersionStamp hidden, ref ReadView view, in FetchPieceState piece)
    {
        ulong first = _entries[piece.Entry].Side + (piece.FirstByte / _store.Memory.Read<KeyRecordDf>(akey)->RecordBytes);
        if (_visible.Build(_store.Memory, akey, hidden, ref view, first, first + 1).IsError)
        {
            return 0;
        }

        ExtentFragment fragment = _visible.Fragments[0];
        return !fragment.IsHole && _store.Memory.Read<ExtentDf>(fragment.Extent)->Stamp == piece.Stamp ? fragment.Extent : 0;
    }
}
