namespace Daos.Fabric.Rpc.Collectives;

/// <summary>What came of the call to one child, and where its reply lies among those of all. Immutable.</summary>
internal readonly record struct CollectiveChild(CollectiveResult Result, int ReplyOffset, int ReplyBytes);
