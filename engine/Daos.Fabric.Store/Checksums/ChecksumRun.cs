namespace Daos.Fabric.Store.Checksums;

/// <summary>
/// Checks a run of bytes that arrives in pieces. An array's run is cut at multiples of the chunk size counted from byte 0 of the array;
/// a single value is one chunk. A value, used by one owner, which calls <see cref="Drop"/> when the run may have stopped in a chunk.
/// </summary>
internal unsafe struct ChecksumRun
{
    private ChecksumInfo _info;
    private ulong _at;
    private ulong _end;
    private ulong _chunkEnd;
    private int _word;
    private bool _isInside;
    private RunningChecksum _running;

    /// <summary>Checksums that a run of array bytes needs.</summary>
    public static long CountOf(ulong firstByte, ulong bytes, uint chunkBytes) =>
        bytes == 0 ? 0 : (long)(((firstByte + bytes - 1) / chunkBytes) - (firstByte / chunkBytes) + 1);

    /// <summary>Starts before the first byte.</summary>
    public void Begin(in ChecksumInfo info, ulong firstByte, long bytes)
    {
        _info = info;
        _at = firstByte;
        _end = firstByte + (ulong)bytes;
        _word = 0;
        SetChunkEnd();
    }

    /// <summary>Takes the next bytes. DER_CSUM when a chunk that ends in them is not what its checksum says.</summary>
    public DerCode Feed(byte* data, long bytes, DigestPool digests)
    {
        if (_info.Type == ChecksumType.None)
        {
            return DerCode.Success;
        }

        Debug.Assert((ulong)bytes <= _end - _at, "more bytes than the run has");
        do
        {
            int length = (int)Math.Min((ulong)bytes, _chunkEnd - _at);
            var piece = new ReadOnlySpan<byte>(data, length);
            data += length;
            bytes -= length;
            _at += (ulong)length;
            if (_at < _chunkEnd)
            {
                _running.Append(_info.Type, piece, digests);
                _isInside = true;
                return DerCode.Success;
            }

            if (!EndChunk(piece, digests))
            {
                return DerCode.Checksum;
            }
        }
        while (bytes > 0);
        return DerCode.Success;
    }

    /// <summary>Gives back what a chunk under way holds.</summary>
    public void Drop(DigestPool digests)
    {
        if (_isInside)
        {
            _running.Drop(_info.Type, digests);
            _isInside = false;
        }
    }

    private bool EndChunk(ReadOnlySpan<byte> last, DigestPool digests)
    {
        int words = ChecksumTypes.Words(_info.Type);
        var stored = new ReadOnlySpan<uint>(_info.Values + _word, words);
        bool fits;
        if (_isInside)
        {
            Span<uint> computed = stackalloc uint[ChecksumTypes.WordsMax];
            _running.Append(_info.Type, last, digests);
            _running.Finish(_info.Type, computed, digests);
            _isInside = false;
            fits = computed[..words].SequenceEqual(stored);
        }
        else
        {
            fits = Checksum.Matches(_info.Type, last, stored);
        }

        _word += words;
        SetChunkEnd();
        return fits;
    }

    private void SetChunkEnd() =>
        _chunkEnd = _info.ChunkBytes == 0 ? _end : Math.Min(((_at / _info.ChunkBytes) + 1) * _info.ChunkBytes, _end);
}
