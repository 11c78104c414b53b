using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Store.Format;

namespace Daos.Fabric.Store.Journal;

/// <summary>
/// How positions lie in the circular log file. A block that starts before the ring's end runs on into a tail of one block behind it, so
/// that no block is cut in two and none is wasted. Pure.
/// </summary>
internal sealed unsafe class LogGeometry
{
    /// <summary>Where the ring starts in the file, behind the header.</summary>
    internal const long RingOffset = FileHeaderDf.BlockBytes;

    private readonly uint _seed;

    /// <param name="ringBytes">Size of the ring, a multiple of 4 KiB.</param>
    /// <param name="blockBytesMax">Largest block.</param>
    /// <param name="storeId">Goes into every checksum.</param>
    internal LogGeometry(long ringBytes, int blockBytesMax, Guid storeId)
    {
        RingBytes = ringBytes;
        BlockBytesMax = blockBytesMax;
        Span<byte> id = stackalloc byte[16];
        storeId.TryWriteBytes(id, bigEndian: true, out _);
        _seed = Crc32C.Compute(id);
    }

    internal long RingBytes { get; }

    internal int BlockBytesMax { get; }

    /// <summary>Size of the file.</summary>
    internal long FileBytes => RingOffset + RingBytes + BlockBytesMax;

    /// <summary>The first position of a new log.</summary>
    internal ulong FirstPosition => (ulong)RingBytes;

    /// <summary>Transaction bytes that one block holds.</summary>
    internal int PayloadBytesMax => BlockBytesMax - LogBlockDf.SizeBytes;

    /// <summary>Where a block lies in the file.</summary>
    internal long OffsetOf(ulong position) => RingOffset + (long)(position % (ulong)RingBytes);

    /// <summary>Size on media of a block with so much payload.</summary>
    internal static int BlockBytesFor(int payloadBytes) =>
        (LogBlockDf.SizeBytes + payloadBytes + LogBlockDf.AlignBytes - 1) & -LogBlockDf.AlignBytes;

    /// <summary>Checksum of a block whose checksum field is ignored.</summary>
    internal uint ChecksumOf(LogBlockDf* block)
    {
        LogBlockDf head = *block;
        head.Checksum = 0;
        uint checksum = Crc32C.Append(_seed, new ReadOnlySpan<byte>(&head, LogBlockDf.SizeBytes));
        return Crc32C.Append(checksum, new ReadOnlySpan<byte>((byte*)block + LogBlockDf.SizeBytes, (int)block->PayloadBytes));
    }

    /// <summary>True when the head's own fields make sense, checksum and generation aside.</summary>
    internal bool HasShape(LogBlockDf* block) =>
        block->Magic == LogBlockDf.MagicValue
        && block->BlockBytes >= LogBlockDf.AlignBytes
        && block->BlockBytes <= (uint)BlockBytesMax
        && block->BlockBytes % LogBlockDf.AlignBytes == 0
        && block->PayloadBytes <= block->BlockBytes - LogBlockDf.SizeBytes;
}
