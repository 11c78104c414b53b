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
    private bool _hasWholeChunks;

    /// <summary>First record.</summary>
    public ulong Start { get; private set; }

    /// <summary>First record after the run.</summary>
    public ulong End { get; private set; }

    /// <summary>Bytes of a record.</summary>
    public uint RecordBytes { get; private set; }

    /// <summary>Kind of the checksums of all sources.</summary>
    public ChecksumType Type { get; private set; }

    /// <summary>
    /// Bytes that each checksum of the new extent covers: as the sources have it that hold whole chunks; when none does, what the smallest
    /// of them was written in. Who wrote small pieces reads small pieces, and a read takes whole chunks from media.
    /// </summary>
    public uint ChunkBytes { get; private set; }

    /// <summary>True when nothing was added.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>The extents that show in it.</summary>
    public ReadOnlySpan<ExtentIdentity> Sources => _sources.AsSpan(0, _count);

    /// <summary>Bytes of the run.</summary>
    public int Bytes => (int)((End - Start) * RecordBytes);

    /// <summary>Checksums that the run needs.</summary>
    public int ChecksumCount => Type == ChecksumType.None ? 0 : (int)ChecksumRun.CountOf(ArrayRange.Position(Start) * RecordBytes, (ulong)Bytes, ChunkBytes);

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
            ChunkBytes = 0;
            _hasWholeChunks = false;
        }
        else if (fragment.Start != End || extent->Integrity.Type != Type)
        {
            return false;
        }

        (ulong end, uint chunkBytes, bool hadWholeChunks) = (End, ChunkBytes, _hasWholeChunks);
        End = fragment.End;
        bool fits = Type == ChecksumType.None
            || (ChooseChunks(extent) && ChecksumCount * ChecksumTypes.Words(Type) <= ObjectLimits.ChecksumWordsPerExtentMax);
        if (!fits || !AddSource(new ExtentIdentity(fragment.Extent, extent->Start, extent->Count, extent->Stamp)))
        {
            (End, ChunkBytes, _hasWholeChunks) = (end, chunkBytes, hadWholeChunks);
            return false;
        }

        return true;
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

    // False when both the run and the extent hold whole chunks, of different sizes.
    private bool ChooseChunks(ExtentDf* extent)
    {
        ulong start = ArrayRange.Position(extent->Start) * RecordBytes;
        ulong end = start + (extent->Count * RecordBytes);
        bool hasWholeChunk = (start + extent->ChunkBytes - 1) / extent->ChunkBytes < end / extent->ChunkBytes;
        if (hasWholeChunk)
        {
            if (_hasWholeChunks && ChunkBytes != extent->ChunkBytes)
            {
                return false;
            }

            ChunkBytes = extent->ChunkBytes;
            _hasWholeChunks = true;
        }
        else if (!_hasWholeChunks)
        {
            uint grain = GrainOf(start | end, extent->ChunkBytes);
            ChunkBytes = ChunkBytes == 0 ? grain : Math.Min(ChunkBytes, grain);
        }

        return true;
    }

    // What both ends are multiples of, from a block of the data file on: nothing smaller is read from it.
    private static uint GrainOf(ulong ends, uint chunkBytes)
    {
        ulong grain = ends & (~ends + 1);
        return grain >= DataExtent.BlockBytes && grain < chunkBytes ? (uint)grain : chunkBytes;
    }

    private bool AddSource(in ExtentIdentity source)
    {
        foreach (ref readonly ExtentIdentity known in Sources)
        {
            if (known.Record == source.Record)
            {
                return true;
            }
        }

        if (_count == _sources.Length)
        {
            return false;
        }

        _sources[_count++] = source;
        return true;
    }
}
