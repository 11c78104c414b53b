namespace Daos.Fabric.Store.Aggregation;

/// <summary>
/// A run of records without a gap that several extents of one window show, or one of which little else shows: to be written as one extent.
/// Reused; owned by one xstream.
/// </summary>
internal sealed unsafe class MergeRun(TreeMemory memory)
{
    private readonly ExtentIdentity[] _sources = new ExtentIdentity[AggregationLimits.SourcesMax];
    private int _count;

    /// <summary>First record.</summary>
    public ulong Start { get; private set; }

    /// <summary>First record after the run.</summary>
    public ulong End { get; private set; }

    /// <summary>Bytes of a record.</summary>
    public uint RecordBytes { get; private set; }

    /// <summary>Kind of the checksums of all sources.</summary>
    public ChecksumType Type { get; private set; }

    /// <summary>Bytes that each covers.</summary>
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
            ChunkBytes = extent->ChunkBytes;
        }
        else if (fragment.Start != End || extent->Integrity.Type != Type || (Type != ChecksumType.None && extent->ChunkBytes != ChunkBytes))
        {
            return false;
        }

        ulong end = End;
        End = fragment.End;
        bool fits = ChecksumCount * ChecksumTypes.Words(Type) <= ObjectLimits.ChecksumWordsPerExtentMax;
        if (!fits || !AddSource(new ExtentIdentity(fragment.Extent, extent->Start, extent->Count, extent->Stamp)))
        {
            End = end;
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
