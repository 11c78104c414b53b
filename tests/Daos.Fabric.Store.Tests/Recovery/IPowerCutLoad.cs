namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>Writers on a store, and the memory of what they were told.</summary>
internal interface IPowerCutLoad
{
    /// <summary>Sizes that make the log wrap and checkpoints come often.</summary>
    StoreOptions Options(StoreWorld world);

    /// <summary>Lays out a new store.</summary>
    ValueTask FormatAsync(StoreShard shard);

    /// <summary>Starts writers that go on until the store stops.</summary>
    void Start(StoreWorld world, StoreShard shard, ulong seed);

    /// <summary>What was acknowledged or may have happened until now.</summary>
    IPowerCutOracle Snapshot();
}

/// <summary>Judges a store that came back from a power cut.</summary>
internal interface IPowerCutOracle
{
    /// <summary>Operations that were acknowledged.</summary>
    int Acknowledged { get; }

    /// <summary>The same once more, to judge another store with.</summary>
    IPowerCutOracle Copy();

    /// <summary>Null, or a sentence that begins with "lost" or "half". Afterwards what was found counts as acknowledged.</summary>
    ValueTask<string?> CheckAsync(StoreShard shard);

    /// <summary>Some more operations, all acknowledged.</summary>
    ValueTask GoOnAsync(StoreShard shard);
}
