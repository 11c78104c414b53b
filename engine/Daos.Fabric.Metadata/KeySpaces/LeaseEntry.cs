namespace Daos.Fabric.Metadata.KeySpaces;

/// <summary>A lease with the keys that die with it. Owned by one owner thread.</summary>
internal sealed class LeaseEntry(long id, long ttlMs)
{
    internal long Id { get; } = id;

    internal long TtlMs { get; } = ttlMs;

    /// <summary>Monotonic nanoseconds of its end, unless it is renewed.</summary>
    internal long EndNs { get; private set; }

    /// <summary>True from its end on: no key may be attached any more.</summary>
    internal bool HasEnded { get; set; }

    internal SortedSet<MetadataKey> Keys { get; } = [];

    internal void Renew(long nowNs) => EndNs = nowNs + (TtlMs * 1_000_000);
}
