using Daos.Fabric.Core.Checksums;

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
    private uint _singleRun;
    private uint _chunkRun;
    private ulong _chunkRunBytes;

    /// <summary>Kind of a value's checksums; none when it was stored without, or there is no value.</summary>
    public ChecksumType ChecksumTypeOf(int value) => Entry(value).ChecksumType;

    /// <summary>Bytes that each of a value's checksums covers, counted from record 0 of the array; 0 for a single value.</summary>
    public uint ChunkBytesOf(int value) => Entry(value).ChunkBytes;

    /// <summary>
    /// A value's checksums: complete after <see cref="Resolve"/> when nothing lies in the data file, else once its last piece was loaded.
    /// </summary>
    public ReadOnlySpan<uint> Checksums(int value)
    {
        ref FetchEntry entry = ref Entry(value);
        return new ReadOnlySpan<uint>(_answer.Items + entry.ChecksumStart, entry.ChecksumCount);
    }

    private void ClearChecksums()
    {
        _stored.Clear();
        _answer.Clear();
        _singleRun = 0;
        _chunkRun = 0;
        _chunkRunBytes = 0;
    }

    private int AddStoredChecksums(uint* checksums, int count)
    {
        int start = _stored.Count;
        Unsafe.CopyBlockUnaligned(_stored.Extend(count), checksums, (uint)count * sizeof(uint));
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

    // A chunk of which only a part is wanted is checked as a whole before that part gets a checksum of its own.
    private DerCode CheckArenaChunks()
    {
        for (int i = 0; i < _pieceCount; i++)
        {
            ref FetchPieceState piece = ref _pieces[i];
            if (piece.Media != ValueMedia.Arena || piece.ChunkBytes == 0 || piece.ChecksumType == ChecksumType.None)
            {
                continue;
            }

            ulong end = piece.FirstByte + (ulong)piece.LengthBytes;
            ulong start = FetchLayout.ChunkStart(in piece, piece.FirstByte);
            if (start == piece.FirstByte && FetchLayout.ChunkEnd(in piece, end) == end)
            {
                continue;
            }

            ulong length = FetchLayout.ChunkEnd(in piece, end) - start;
            DerCode code = CheckStored(in piece, _store.Memory.Arena.At(piece.Position - (piece.FirstByte - start), (long)length));
            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }

    // Checks every stored chunk that the piece touches; the bytes start where the first of them starts.
    private DerCode CheckStored(in FetchPieceState piece, byte* stored)
    {
        var run = default(ChecksumRun);
        ulong start = FetchLayout.ChunkStart(in piece, piece.FirstByte);
        long bytes = (long)(FetchLayout.ChunkEnd(in piece, piece.FirstByte + (ulong)piece.LengthBytes) - start);
        var info = new ChecksumInfo
        {
            Type = piece.ChecksumType,
            ChunkBytes = piece.ChunkBytes,
            Values = _stored.Items + piece.ChecksumStart,
            Count = piece.ChecksumCount,
        };
        run.Begin(in info, start, bytes);
        return run.Feed(stored, bytes);
    }

    // Called for the pieces in order. storedStart: where the piece's first stored chunk starts, for bytes that come from media.
    private DerCode ChecksumPiece(int index, byte* bytes, byte* storedStart)
    {
        ref FetchPieceState piece = ref _pieces[index];
        ref FetchEntry entry = ref _entries[piece.Entry];
        if (piece.OffsetBytes == 0)
        {
            entry.ChecksumStart = _answer.Count;
            entry.ChecksumCount = 0;
            _singleRun = 0;
            _chunkRun = 0;
            _chunkRunBytes = 0;
        }

        if (entry.Type == AkeyType.Single)
        {
            return ChecksumSingle(ref entry, in piece, bytes);
        }

        if (storedStart != null && piece.ChecksumType != ChecksumType.None)
        {
            DerCode code = CheckStored(in piece, storedStart);
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

    private DerCode ChecksumSingle(ref FetchEntry entry, in FetchPieceState piece, byte* bytes)
    {
        if (piece.ChecksumType == ChecksumType.None)
        {
            return DerCode.Success;
        }

        uint stored = _stored.Items[piece.ChecksumStart];
        bool last = piece.OffsetBytes + piece.LengthBytes == entry.ValueBytes;
        if (piece.Media == ValueMedia.Data)
        {
            _singleRun = Crc32C.Append(_singleRun, new ReadOnlySpan<byte>(bytes, (int)piece.LengthBytes));
            if (last && _singleRun != stored)
            {
                return DerCode.Checksum;
            }
        }

        if (last)
        {
            _answer.Add(stored);
            entry.ChecksumCount = 1;
        }

        return DerCode.Success;
    }

    private void ChecksumChunks(ref FetchEntry entry, in FetchPieceState piece, byte* bytes)
    {
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
                Emit(ref entry, _stored.Items[piece.ChecksumStart + chunk]);
            }
            else
            {
                _chunkRun = Append(_chunkRun, bytes == null ? null : bytes + (at - piece.FirstByte), (long)(cut - at));
                _chunkRunBytes += cut - at;
                if (cut == chunkEnd)
                {
                    Emit(ref entry, _chunkRun);
                }
            }

            at = cut;
        }
    }

    private static bool IsStoredChunk(in FetchEntry entry, in FetchPieceState piece, ulong start, ulong end) =>
        piece.Media != ValueMedia.Hole
        && piece.ChecksumType == entry.ChecksumType
        && piece.ChunkBytes == entry.ChunkBytes
        && FetchLayout.ChunkStart(in piece, start) == start
        && FetchLayout.ChunkEnd(in piece, end) == end;

    private static uint Append(uint checksum, byte* bytes, long count)
    {
        if (bytes != null)
        {
            return Crc32C.Append(checksum, new ReadOnlySpan<byte>(bytes, (int)count));
        }

        for (; count > 0; count -= s_zeros.Length)
        {
            checksum = Crc32C.Append(checksum, s_zeros.AsSpan(0, (int)Math.Min(count, s_zeros.Length)));
        }

        return checksum;
    }

    private void Emit(ref FetchEntry entry, uint checksum)
    {
        _answer.Add(checksum);
        entry.ChecksumCount++;
        _chunkRun = 0;
        _chunkRunBytes = 0;
    }
}
