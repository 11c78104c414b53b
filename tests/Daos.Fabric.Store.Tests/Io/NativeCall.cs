using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Store.Checksums;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>Keys, value and checksums of one call in native memory, as a received message would hold them.</summary>
internal sealed unsafe class NativeCall : IDisposable
{
    private readonly NativeSlab _slab;
    private readonly uint* _checksums;
    private int _checksumWords;

    internal NativeCall(CallKeys keys, byte[] value)
    {
        int checksumBytes = (value.Length / 64 * sizeof(uint) * ChecksumTypes.WordsMax) + 4096;
        _slab = new NativeSlab(keys.Dkey.Length + keys.Akey.Length + value.Length + checksumBytes);
        byte* at = _slab.Address;
        _checksums = (uint*)at;
        at += checksumBytes;
        Dkey = Copy(ref at, keys.Dkey);
        DkeyLength = keys.Dkey.Length;
        Akey = Copy(ref at, keys.Akey);
        AkeyLength = keys.Akey.Length;
        Value = Copy(ref at, value);
        ValueBytes = value.Length;
    }

    internal byte* Dkey { get; }

    internal int DkeyLength { get; }

    internal byte* Akey { get; }

    internal int AkeyLength { get; }

    internal byte* Value { get; }

    internal long ValueBytes { get; }

    internal ChecksumInfo SingleChecksum(ChecksumType type = ChecksumType.Crc32C)
    {
        Checksum.Compute(type, new ReadOnlySpan<byte>(Value, (int)ValueBytes), new Span<uint>(_checksums, ChecksumTypes.WordsMax));
        return new ChecksumInfo { Type = type, Values = _checksums, Count = type == ChecksumType.None ? 0 : 1 };
    }

    /// <summary>Checksums of a piece of the value that is written as array bytes from a byte on.</summary>
    internal ChecksumInfo ChunkChecksums(long offset, long bytes, ulong firstByte, uint chunkBytes, ChecksumType type = ChecksumType.Crc32C)
    {
        uint* values = _checksums + _checksumWords;
        int words = ChecksumTypes.Words(type);
        int count = 0;
        for (long done = 0; done < bytes; count++)
        {
            ulong at = firstByte + (ulong)done;
            long length = Math.Min((long)((((at / chunkBytes) + 1) * chunkBytes) - at), bytes - done);
            Checksum.Compute(type, new ReadOnlySpan<byte>(Value + offset + done, (int)length), new Span<uint>(values + (count * words), words));
            done += length;
        }

        _checksumWords += count * words;
        return new ChecksumInfo { Type = type, ChunkBytes = chunkBytes, Values = values, Count = type == ChecksumType.None ? 0 : count };
    }

    public void Dispose() => _slab.Dispose();

    private static byte* Copy(ref byte* at, byte[] bytes)
    {
        byte* start = at;
        bytes.CopyTo(new Span<byte>(at, bytes.Length));
        at += bytes.Length;
        return start;
    }
}
