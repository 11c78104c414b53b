namespace Daos.Fabric.Store.Aggregation;

/// <summary>Bounds of aggregation, each with its reason.</summary>
internal static class AggregationLimits
{
    /// <summary>Bytes of an extent that several are put together to: what one gathered fetch gives, and a read of one media buffer.</summary>
    public const int MergedBytesMax = 1 << 20;

    /// <summary>Extents of so many bytes are left as they are, unless little of them shows: writing them again would gain little (DAOS: 1 MiB of NVMe).</summary>
    public const int LargeBytes = MergedBytesMax / 2;

    /// <summary>
    /// Words of the checksums of a merged extent whose chunks are cut in parts (16 KiB): 4 KiB each with the longest checksums; 1 KiB for 1 MiB
    /// with the usual ones.
    /// </summary>
    public const int PartChecksumWordsMax = 4096;

    /// <summary>Extents put together at once: their removal is one transaction.</summary>
    public const int SourcesMax = 128;

    /// <summary>Records looked at in a slice while clients are busy (DAOS: AGG_CREDS_SCAN_SLACK).</summary>
    public const int SlackScans = 32;

    /// <summary>Records freed in a slice while clients are busy.</summary>
    public const int SlackFrees = 4;

    /// <summary>Merges before a pause while clients are busy.</summary>
    public const int SlackMerges = 2;

    /// <summary>Records looked at in a slice when space is short, or nobody else wants anything (DAOS: AGG_CREDS_SCAN_TIGHT).</summary>
    public const int TightScans = 64;

    /// <summary>Records freed in a slice then.</summary>
    public const int TightFrees = 16;

    /// <summary>Merges before a pause then.</summary>
    public const int TightMerges = 8;

    /// <summary>Between two slices while clients are busy, at least, in ns: a slice takes about 20 us, so a core gives away 5 % at most.</summary>
    public const long SlackPauseNs = 500_000;

    /// <summary>The pause while clients are busy, as a multiple of what the slice and its merges took: they have the target for two thirds of the time.</summary>
    public const int BusyPauseFactor = 2;

    /// <summary>The longest pause, in ns: where everything is slow a walk still comes to its end.</summary>
    public const long BusyPauseMaxNs = 50_000_000;

    /// <summary>Between two slices when space is short, or nobody else wants anything, in ns.</summary>
    public const long TightPauseNs = 50_000;
}
