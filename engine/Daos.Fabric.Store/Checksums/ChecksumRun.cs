using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Store.Checksums;

/// <summary>
/// Checks a run of bytes that arrives in pieces. An array's run is cut at multiples of the chunk size counted from byte 0 of the array;
/// a single value is one chunk. A value, used by one owner.
/// </summary>
internal unsafe struct ChecksumRun
{
    private ChecksumInfo _info;
    private ulong _at;
    private ulong _end;
    private ulong _chunkEnd;
    private int _index;
    private uint _checksum;

    /// <summary>Checksums that a run of array bytes needs.</summary>
    public static long CountOf(ulong firstByte, ulong bytes, uint chunkBytes) =>
        bytes == 0 ? 0 : (long)(((firstByte + bytes - 1) / chunkBytes) - (firstByte / chunkBytes) + 1);

    /// <summary>Starts before the first byte.</summary>
    public void Begin(in ChecksumInfo info, ulong firstByte, long bytes)
    {
        _info = info;
        _at = firstByte;
        _end = firstByte + (ulong)bytes;
        _index = 0;
        BeginChunk();
    }

    /// <summary>Takes the next bytes. DER_CSUM when a chunk that ends in them is not what its checksum says.</summary>
    public DerCode Feed(byte* data, long bytes)
    {
        if (_info.Type == ChecksumType.None)
        {
            return DerCode.Success;
        }

        Debug.Assert((ulong)bytes <= _end - _at, "more bytes than the run has");
        do
        {
            int length = (int)Math.Min((ulong)bytes, _chunkEnd - _at);
            _checksum = Crc32C.Append(_checksum, new ReadOnlySpan<byte>(data, length));
            data += length;
            bytes -= length;
            _at += (ulong)length;
            if (_at == _chunkEnd)
            {
                if (_checksum != Unsafe.ReadUnaligned<uint>(_info.Values + _index))
                {
                    return DerCode.Checksum;
                }

                _index++;
                BeginChunk();
            }
        }
        while (bytes > 0);
        return DerCode.Success;
    }

    private void BeginChunk()
    {
        _checksum = 0;
        _chunkEnd = _info.ChunkBytes == 0 ? _end : Math.Min(((_at / _info.ChunkBytes) + 1) * _info.ChunkBytes, _end);
    }
}
