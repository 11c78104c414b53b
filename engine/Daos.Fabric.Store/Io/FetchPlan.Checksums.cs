namespace Daos.Fabric.Store.Io;

/// <summary>
/// Checksums of an answer: the stored ones where whole chunks are returned, new ones where an answer's chunk is put together from parts,
/// and those parts only after the stored chunks they come from were checked. What comes from media is always checked.
/// </summary>
public sealed unsafe partial class FetchPlan
{
    private static readonly byte[] s_zeros = new byte[64 << 10];

    private NativeList<uint> _stored = new(64);
    private NativeList<uint> _answer = new(64);
    private ChecksumRun _singleRun;
    private RunningChecksum _chunkRun;
    private ChecksumType _chunkRunType;
    private ulong _chunkRunBytes;

    /// <summary>
    /// Checks every chunk that is read, also where the caller would find damage himself: for a caller who did (DAOS: CSUM_REPORT).
    /// Set it before <see cref="Resolve"/>.
    /// </summary>
    public bool VerifiesAll { get; set; }

    /// <summary>Bytes that each checksum of the answer is to cover, for who writes it again; 0: as it was written. Set it before <see cref="Resolve"/>.</summary>
    internal uint AnswerChunkBytes { get; set; }

    /// <summary>Kind of a value's checksums; none when it was stored without, or there is no value.</summary>
    public ChecksumType ChecksumTypeOf(int value) => Entry(value).ChecksumType;

    /// <summary>Bytes that each of a value's checksums covers, counted from record 0 of the array; 0 for a single value.</summary>
    public uint ChunkBytesOf(int value) => Entry(value).ChunkBytes;

    /// <summary>
    /// A value's checksums, each of <see cref="ChecksumTypes.Words"/>: complete after <see cref="Resolve"/> when nothing lies in the data
    /// file, else once its last piece was loaded.
    /// </summary>
    public ReadOnlySpan<uint> Checksums(int value)
    {
        ref FetchEntry entry = ref Entry(value);
        return new ReadOnlySpan<uint>(_answer.Items + entry.ChecksumStart, entry.ChecksumWords);
    }

    private void ClearChecksums()
    {
        _stored.Clear();
        _answer.Clear();
        DropRuns();
    }

    private void DropRuns()
    {
        _singleRun.Drop(_store.Digests);
        if (_chunkRunBytes > 0)
        {
            _chunkRun.Drop(_chunkRunType, _store.Digests);
            _chunkRunBytes = 0;
        }
    }

    private int AddStoredChecksums(uint* checksums, int words)
    {
        int start = _stored.Count;
        Unsafe.CopyBlockUnaligned(_stored.Extend(words), checksums, (uint)words * sizeof(uint));
        return start;
    }

    private DerCode ChecksumAll()
    {
        DerCode code = CheckArenaChunks();
        for (int i = 0; i < _pieceCount && code.IsSuccess; i++)
        {
            ref FetchPieceState piece = ref _pieces[i];
            code = ChecksumPiece(i, piece.Media == ValueMedia.Hole ? null : ArenaBytes(in piece), storedStart: null);
        }

        return code;
    }

    // A chunk of which only a part is wanted, or that becomes a part of one of the answer, is checked as a whole before there is a new
    // checksum. Other chunks of the arena are for the caller to check, unless somebody found damage before.
    private DerCode CheckArenaChunks()
    {
        for (int i = 0; i < _pieceCount; i++)
        {
            ref FetchPieceState piece = ref _pieces[i];
            if (piece.Media != ValueMedia.Arena || piece.ChecksumType == ChecksumType.None)
            {
                continue;
            }

            ulong end = piece.FirstByte + (ulong)piece.LengthBytes;
            ulong start = FetchLayout.ChunkStart(in piece, piece.FirstByte);
            if (!VerifiesAll && !piece.IsCorrupted && IsHandedOn(in _entries[piece.Entry], in piece))
            {
                continue;
            }

            ulong length = FetchLayout.ChunkEnd(in piece, end) - start;
            DerCode code = CheckStored(i, _store.Memory.Arena.At(piece.Position - (piece.FirstByte - start), (long)length));
            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }

    // All stored checksums of the piece are those of the answer.
    private static bool IsHandedOn(in FetchEntry entry, in FetchPieceState piece)
    {
        ulong start = piece.FirstByte;
        ulong end = start + (ulong)piece.LengthBytes;
        if (entry.Type == AkeyType.Single || entry.ChecksumType == ChecksumType.None)
        {
            return FetchLayout.ChunkStart(in piece, start) == start && FetchLayout.ChunkEnd(in piece, end) == end;
        }

        ulong answerStart = entry.Start * (ulong)entry.RecordBytes;
        ulong answerEnd = (entry.Start + entry.Count) * (ulong)entry.RecordBytes;
        bool isCutThere = (start == answerStart || start % entry.ChunkBytes == 0) && (end == answerEnd || end % entry.ChunkBytes == 0);
        bool isCutAlike = piece.ChunkBytes == entry.ChunkBytes || (piece.ChecksumCount == 1 && end - start <= entry.ChunkBytes);
        return isCutThere
            && isCutAlike
            && piece.ChecksumType == entry.ChecksumType
            && FetchLayout.ChunkStart(in piece, start) == start
            && FetchLayout.ChunkEnd(in piece, end) == end;
    }

    // Checks every stored chunk that the piece touches; the bytes start where the first of them starts.
    private DerCode CheckStored(int index, byte* stored)
    {
        ref FetchPieceState piece = ref _pieces[index];
        var run = default(ChecksumRun);
        ulong start = FetchLayout.ChunkStart(in piece, piece.FirstByte);
        long bytes = (long)(FetchLayout.ChunkEnd(in piece, piece.FirstByte + (ulong)piece.LengthBytes) - start);
        run.Begin(StoredOf(in piece), start, bytes);
        return run.Feed(stored, bytes, _store.Digests).IsSuccess ? DerCode.Success : Damaged(index);
    }

    private ChecksumInfo StoredOf(in FetchPieceState piece) => new()
    {
        Type = piece.ChecksumType,
        ChunkBytes = piece.ChunkBytes,
        Values = _stored.Items + piece.ChecksumStart,
        Count = piece.ChecksumCount,
    };

    // Called for the pieces in order. storedStart: where the piece's first stored chunk starts, for bytes that come from media.
    private DerCode ChecksumPiece(int index, byte* bytes, byte* storedStart)
    {
        ref FetchPieceState piece = ref _pieces[index];
        ref FetchEntry entry = ref _entries[piece.Entry];
        if (piece.OffsetBytes == 0)
        {
            entry.ChecksumStart = _answer.Count;
            entry.ChecksumWords = 0;
            DropRuns();
        }

        if (entry.Type == AkeyType.Single)
        {
            return ChecksumSingle(ref entry, index, bytes);
        }

        if (storedStart != null && piece.ChecksumType != ChecksumType.None)
        {
            DerCode code = CheckStored(index, storedStart);
            if (code.IsError)
            {
                return code;
            }
        }

        if (entry.ChecksumType != ChecksumType.None)
        {
            ChecksumChunks(ref entry, in piece, bytes);
        }

        return DerCode.Success;
    }

    private DerCode ChecksumSingle(ref FetchEntry entry, int index, byte* bytes)
    {
        ref FetchPieceState piece = ref _pieces[index];
        if (piece.ChecksumType == ChecksumType.None)
        {
            return DerCode.Success;
        }

        if (piece.Media == ValueMedia.Data)
        {
            if (piece.OffsetBytes == 0)
            {
                _singleRun.Begin(StoredOf(in piece), 0, entry.ValueBytes);
            }

            if (_singleRun.Feed(bytes, piece.LengthBytes, _store.Digests).IsError)
            {
                return Damaged(index);
            }
        }

        if (piece.OffsetBytes + piece.LengthBytes == entry.ValueBytes)
        {
            Emit(ref entry, piece.ChecksumStart);
        }

        return DerCode.Success;
    }

    private void ChecksumChunks(ref FetchEntry entry, in FetchPieceState piece, byte* bytes)
    {
        int words = ChecksumTypes.Words(entry.ChecksumType);
        ulong at = piece.FirstByte;
        ulong end = at + (ulong)piece.LengthBytes;
        ulong answerEnd = (entry.Start + entry.Count) * (ulong)entry.RecordBytes;
        while (at < end)
        {
            ulong chunkEnd = Math.Min(((at / entry.ChunkBytes) + 1) * entry.ChunkBytes, answerEnd);
            ulong cut = Math.Min(chunkEnd, end);
            if (_chunkRunBytes == 0 && cut == chunkEnd && IsStoredChunk(in entry, in piece, at, cut))
            {
                int chunk = (int)((at / piece.ChunkBytes) - (piece.FirstByte / piece.ChunkBytes));
                Emit(ref entry, piece.ChecksumStart + (chunk * words));
            }
            else
            {
                AppendToChunk(entry.ChecksumType, bytes == null ? null : bytes + (at - piece.FirstByte), (long)(cut - at));
                if (cut == chunkEnd)
                {
                    _chunkRun.Finish(entry.ChecksumType, new Span<uint>(_answer.Extend(words), words), _store.Digests);
                    _chunkRunBytes = 0;
                    entry.ChecksumWords += words;
                }
            }

            at = cut;
        }
    }

    // Whatever chunks are asked for: a checksum covers the same bytes.
    private static bool IsStoredChunk(in FetchEntry entry, in FetchPieceState piece, ulong start, ulong end) =>
        piece.Media != ValueMedia.Hole
        && piece.ChecksumType == entry.ChecksumType
        && FetchLayout.ChunkStart(in piece, start) == start
        && FetchLayout.ChunkEnd(in piece, start + 1) == end;

    private void AppendToChunk(ChecksumType type, byte* bytes, long count)
    {
        _chunkRunType = type;
        _chunkRunBytes += (ulong)count;
        if (bytes != null)
        {
            _chunkRun.Append(type, new ReadOnlySpan<byte>(bytes, (int)count), _store.Digests);
            return;
        }

        for (; count > 0; count -= s_zeros.Length)
        {
            _chunkRun.Append(type, s_zeros.AsSpan(0, (int)Math.Min(count, s_zeros.Length)), _store.Digests);
        }
    }

    // Hands a stored checksum on.
    private void Emit(ref FetchEntry entry, int stored)
    {
        int words = ChecksumTypes.Words(entry.ChecksumType);
        uint* answer = _answer.Extend(words);
        Unsafe.CopyBlockUnaligned(answer, _stored.Items + stored, (uint)words * sizeof(uint));
        entry.ChecksumWords += words;
    }
}
