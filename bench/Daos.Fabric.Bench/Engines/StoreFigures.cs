namespace Daos.Fabric.Bench.Engines;

/// <summary>What a job tells of its own store beside rates. A copy; any thread may keep it.</summary>
/// <param name="OpenNs">How long creating or opening it took.</param>
/// <param name="PagesLoaded">Pages of 4 KiB that its checkpoint held.</param>
/// <param name="BytesReplayed">Bytes of log blocks that were applied.</param>
/// <param name="MetadataBytes">Metadata in use at the end, rounded up to block sizes.</param>
/// <param name="LogUsedBytes">Bytes of the log that a recovery would read then.</param>
internal readonly record struct StoreFigures(long OpenNs, long PagesLoaded, long BytesReplayed, long MetadataBytes, long LogUsedBytes)
{
    /// <summary>Of a job without a store of its own.</summary>
    internal static StoreFigures None => default;
}
