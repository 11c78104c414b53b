using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Store.Scrubbing;

/// <summary>
/// Compares one value at a time with its checksums: in the arena where it lies, from the data file piece by piece through a buffer of its
/// own, with a copy of the checksums, because the record may go while a piece is being read. Owned by one xstream.
/// </summary>
internal sealed unsafe class ScrubCheck(TreeMemory memory, DigestPool digests) : IDisposable
{
    /// <summary>Bytes of a piece.</summary>
    internal const int PieceBytes = 128 << 10;

    private readonly NativeSlab _piece = new(PieceBytes);
    private readonly NativeSlab _checksums = new(ObjectLimits.ChecksumWordsPerExtentMax * sizeof(uint));
    private ChecksumRun _run;

    /// <summary>Where a piece is read to.</summary>
    internal nint PieceAddress => (nint)_piece.Address;

    /// <summary>True when a value in the arena fits its checksums.</summary>
    internal bool FitsInArena(in ScrubEntry entry)
    {
        if (!Begin(in entry))
        {
            return false;
        }

        int offset = entry.IsArray
            ? memory.Read<ExtentDf>(entry.Record)->InlineOffset
            : memory.Read<VersionDf>(entry.Record)->ValueOffset;
        byte* bytes = entry.Bytes == 0 ? null : memory.Arena.At(entry.Record + (ulong)offset, entry.Bytes);
        bool fits = _run.Feed(bytes, entry.Bytes, digests).IsSuccess;
        Drop();
        return fits;
    }

    /// <summary>Starts with the first byte of a value; false when its checksums cannot belong to it.</summary>
    internal bool Begin(in ScrubEntry entry)
    {
        int words = ChecksumTypes.Words(entry.Type);
        uint* stored;
        uint chunkBytes = 0;
        int count = 1;
        if (entry.IsArray)
        {
            var extent = memory.Read<ExtentDf>(entry.Record);
            chunkBytes = extent->Chunks.PartBytes;
            count = words == 0 ? 0 : (int)extent->ChecksumWords / words;
            if (chunkBytes == 0
                || extent->ChecksumWords > ObjectLimits.ChecksumWordsPerExtentMax
                || ChecksumRun.CountOf(entry.FirstByte, (ulong)entry.Bytes, chunkBytes) * words != extent->ChecksumWords)
            {
                return false;
            }

            stored = (uint*)memory.Arena.At(entry.Record + ExtentDf.SizeBytes, 4 * (long)extent->ChecksumWords);
        }
        else
        {
            stored = &memory.Read<VersionDf>(entry.Record)->Checksum;
        }

        Buffer.MemoryCopy(stored, _checksums.Address, _checksums.LengthBytes, (long)count * words * sizeof(uint));
        var info = new ChecksumInfo { Type = entry.Type, ChunkBytes = chunkBytes, Values = (uint*)_checksums.Address, Count = count };
        _run.Begin(in info, entry.FirstByte, entry.Bytes);
        return true;
    }

    /// <summary>Takes the piece that was read. DER_CSUM when a chunk that ends in it does not fit.</summary>
    internal DerCode Feed(int lengthBytes) => _run.Feed(_piece.Address, lengthBytes, digests);

    /// <summary>Leaves the value, perhaps in the middle of a chunk.</summary>
    internal void Drop() => _run.Drop(digests);

    /// <inheritdoc/>
    public void Dispose()
    {
        _piece.Dispose();
        _checksums.Dispose();
    }
}
