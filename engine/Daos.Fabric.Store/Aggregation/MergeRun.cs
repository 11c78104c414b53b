using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Aggregation;

/// <summary>
/// A run of records without a gap that several extents of one window show, or one of which little else shows: to be written as one extent.
/// Reused; owned by one xstream.
/// </summary>
internal sealed unsafe class MergeRun(TreeMemory memory)
{
    private readonly ExtentIdentity[] _sources = new ExtentIdentity[AggregationLimits.SourcesMax];
    private int _count;
    private uint _chunkBytes;
    private bool _hasWholeChunks;
    private ulong _writtenBytes;
    private ulong _writtenPieces;

    /// <summary>First record.</summary>
    public ulong Start { get; private set; }

    /// <summary>First record after the run.</summary>
    public ulong End { get; private set; }

    /// <summary>Bytes of a record.</summary>
    public uint RecordBytes { get; private set; }

    /// <summary>Kind of the checksums of all sources.</summary>
    public ChecksumType Type { get; private set; }

    /// <summary>
    /// How the new extent's checksums cut the array: chunks as the sources have them, in parts of the size that they were written in, as far as
    /// that is worth it. Who reads what he wrote then need not read, and check, all that lies in the same chunk.
    /// </summary>
    public ExtentChunks Chunks => new(_chunkBytes, Cuts());

    /// <summary>True when nothing was added.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>The extents that show in it.</summary>
    public ReadOnlySpan<ExtentIdentity> Sources => _sources.AsSpan(0, _count);

    /// <summary>Bytes of the run.</summary>
    public int Bytes => (int)((End - Start) * RecordBytes);

    /// <summary>Checksums that the run needs.</summary>
    public int ChecksumCount => Type == ChecksumType.None ? 0 : (int)ChecksumRun.CountOf(ArrayRange.Position(Start) * RecordBytes, (ulong)Bytes, Chunks.PartBytes);

    /// <summary>
    /// The stamp of the new extent: right behind the newest source, so that it covers them all and everything that covers one of them covers it.
    /// </summary>
    public VersionStamp Stamp
    {
        get
        {
            VersionStamp newest = VersionStamp.Zero;
            foreach (ref readonly ExtentIdentity source in Sources)
            {
                newest = VersionStamp.Max(newest, source.Stamp);
            }

            return new VersionStamp(newest.Epoch, (ushort)(newest.Minor + 1));
        }
    }

    /// <summary>Back to nothing.</summary>
    public void Clear(uint recordBytes)
    {
        _count = 0;
        _writtenBytes = 0;
        _writtenPieces = 0;
        RecordBytes = recordBytes;
    }

    /// <summary>Adds what an extent shows, right behind the end; false when it does not go with the others, and then the run is as it was.</summary>
    public bool TryAdd(in ExtentFragment fragment)
    {
        var extent = memory.Read<ExtentDf>(fragment.Extent);
        if (_count == 0)
        {
            Start = fragment.Start;
            End = fragment.Start;
            Type = extent->Integrity.Type;
            _chunkBytes = extent->Chunks.Bytes;
            _hasWholeChunks = false;
        }
        else if (fragment.Start != End || extent->Integrity.Type != Type)
        {
            return false;
        }

        (ulong end, int count, ulong bytes, ulong pieces) = (End, _count, _writtenBytes, _writtenPieces);
        (uint chunkBytes, bool hadWholeChunks) = (_chunkBytes, _hasWholeChunks);
        End = fragment.End;
        bool fits = ChooseChunks(extent)
            && AddSource(fragment.Extent)
            && ChecksumCount * ChecksumTypes.Words(Type) <= ObjectLimits.ChecksumWordsPerExtentMax;
        if (!fits)
        {
            (End, _count, _writtenBytes, _writtenPieces) = (end, count, bytes, pieces);
            (_chunkBytes, _hasWholeChunks) = (chunkBytes, hadWholeChunks);
        }

        return fits;
    }

    /// <summary>True when an extent is one of the sources, and nothing else.</summary>
    public bool Has(ulong record)
    {
        foreach (ref readonly ExtentIdentity source in Sources)
        {
            if (source.Record == record)
            {
                var extent = memory.Read<ExtentDf>(record);
                return extent->Start == source.Start && extent->Count == source.Count && extent->Stamp == source.Stamp;
            }
        }

        return false;
    }

    // The chunks of those that hold whole ones, else the smallest; false when both the run and the extent hold whole ones of different sizes.
    private bool ChooseChunks(ExtentDf* extent)
    {
        uint chunkBytes = extent->Chunks.Bytes;
        if (Type == ChecksumType.None || chunkBytes == 0)
        {
            return Type == ChecksumType.None;
        }

        ulong start = ArrayRange.Position(extent->Start) * RecordBytes;
        ulong end = start + (extent->Count * RecordBytes);
        bool isWhole = (start + chunkBytes - 1) / chunkBytes < end / chunkBytes;
        if (isWhole && _hasWholeChunks && chunkBytes != _chunkBytes)
        {
            return false;
        }

        if (isWhole || !_hasWholeChunks)
        {
            _chunkBytes = isWhole ? chunkBytes : Math.Min(chunkBytes, _chunkBytes);
        }

        _hasWholeChunks |= isWhole;
        return true;
    }

    private bool AddSource(ulong record)
    {
        foreach (ref readonly ExtentIdentity known in Sources)
        {
            if (known.Record == record)
            {
                return true;
            }
        }

        if (_count == _sources.Length)
        {
            return false;
        }

        var extent = memory.Read<ExtentDf>(record);
        _sources[_count++] = new ExtentIdentity(record, extent->Start, extent->Count, extent->Stamp);
        ulong bytes = extent->Count * RecordBytes;
        bool isCut = extent->Chunks.PartBytes < extent->Chunks.Bytes;
        _writtenBytes += bytes;
        _writtenPieces += isCut ? (bytes + extent->Chunks.PartBytes - 1) / extent->Chunks.PartBytes : 1;
        return true;
    }

    // As often as halves are still as long as writes were, roughly, and whole blocks of the data file.
    private int Cuts()
    {
        int cuts = 0;
        uint half = _chunkBytes / 2;
        while (Type != ChecksumType.None
            && half >= DataExtent.BlockBytes
            && _chunkBytes % half == 0
            && half * _writtenPieces * 3 >= _writtenBytes * 2
            && ChecksumRun.CountOf(0, (ulong)Bytes, half) * ChecksumTypes.Words(Type) <= AggregationLimits.PartChecksumWordsMax)
        {
            cuts++;
            half /= 2;
        }

        return cuts;
    }
}
