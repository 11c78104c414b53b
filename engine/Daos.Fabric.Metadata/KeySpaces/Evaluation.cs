namespace Daos.Fabric.Metadata.KeySpaces;

/// <summary>What a transaction would do: its answer, and its changes, which is null when there are none. Immutable.</summary>
internal readonly record struct Evaluation(DerCode Code, MetadataCommit? Commit, RevisionRecord? Record);
