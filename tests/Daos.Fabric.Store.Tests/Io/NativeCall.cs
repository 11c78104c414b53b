using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Store.Checksums;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>Keys, value and checksums of one call in native memory, as a received message would hold them.</summary>
internal sealed unsafe class NativeCall : IDisposable
{
    private readonly NativeSlab _slab;
    private readonly uint* _checksums;
    private int _checksumCount;

    internal NativeCall(CallKeys keys, byte[] value)
    {
        int checksumBytes = (value.Length / 128 * sizeof(uint)) + 4096;
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

    internal ChecksumInfo SingleChecksum()
    {
        _checksums[0] = Crc32C.Compute(new ReadOnlySpan<byte>(Value, (int)ValueBytes));
        return new ChecksumInfo { Type = ChecksumType.Crc32C, Values = _checksums, Count = 1 };
    }

    /// <summary>Checksums of a piece of the value that is written as array bytes from a byte on.</summary>
    internal ChecksumInfo ChunkChecksums(long offset, long bytes, ulong firstByte, uint chunkBytes)
    {
        uint* values = _checksums + _checksumCount;
        int count = 0;
        for (long done = 0; done < bytes; count++)
        {
            ulong at = firstByte + (ulong)done;
            long length = Math.Min((long)((((at / chunkBytes) + 1) * chunkBytes) - at), bytes - done);
            values[count] = Crc32C.Compute(new ReadOnlySpan<byte>(Value + offset + done, (int)length));
            done += length;
        }

        _checksumCount += count;
        return new ChecksumInfo { Type = ChecksumType.Crc32C, ChunkBytes = chunkBytes, Values = values, Count = count };
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
