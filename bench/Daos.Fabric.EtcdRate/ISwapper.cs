namespace Daos.Fabric.EtcdRate;

/// <summary>Compares and swaps keys, each of which has one caller.</summary>
internal interface ISwapper : IAsyncDisposable
{
    /// <summary>
    /// Writes a key if the revision that wrote it last is the one given, 0 for a key that is not there. The revision of this write; throws when
    /// it was not made.
    /// </summary>
    ValueTask<long> SwapAsync(string key, long revision, ReadOnlyMemory<byte> value);

    /// <summary>The revision that wrote a key last, or 0.</summary>
    ValueTask<long> RevisionAsync(string key);
}
