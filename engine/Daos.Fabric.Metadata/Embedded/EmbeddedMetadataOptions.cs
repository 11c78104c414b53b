using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Metadata.Embedded;

/// <summary>Where an embedded store lies and how large it may get. Immutable.</summary>
public sealed record EmbeddedMetadataOptions
{
    /// <summary>A directory of its own; made when it is missing.</summary>
    public required string Path { get; init; }

    /// <summary>Identities of what is made on media.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Bytes of memory, and of the file of checkpoints, at most: entries and what their history takes until it is reclaimed.</summary>
    public long ArenaBytes { get; init; } = 128 << 20;

    /// <summary>Bytes of the log, written once when the store is made.</summary>
    public long LogBytes { get; init; } = 16 << 20;

    /// <summary>Bytes of the file for values of 4 KiB and more.</summary>
    public long DataBytes { get; init; } = 64 << 20;

    /// <summary>Revisions that watches and older reads may go back, until the store is closed.</summary>
    public int HistoryRevisions { get; init; } = MetadataLimits.HistoryRevisionsMax;

    /// <summary>Told what an operator should know; called on the owner thread.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Simulations only: changes the options of the shard.</summary>
    internal Func<Store.StoreOptions, Store.StoreOptions>? Configure { get; init; }

    /// <summary>Tests only: answers before anything is durable, which a test of durability must notice.</summary>
    internal bool SkipsWaiting { get; init; }
}
