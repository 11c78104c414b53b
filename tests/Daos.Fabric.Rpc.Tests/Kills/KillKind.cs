namespace Daos.Fabric.Rpc.Tests.Kills;

/// <summary>What is under way when the peer dies.</summary>
internal enum KillKind
{
    /// <summary>Requests to it, in messages and pulled by it.</summary>
    Send,

    /// <summary>Its replies, in messages and pushed by it; and replies to requests of its own.</summary>
    Reply,

    /// <summary>It writes into our memory, and we into its.</summary>
    Put,

    /// <summary>It reads our memory, and we its.</summary>
    Get,

    /// <summary>It reads our memory for another rank, or another rank does so for it.</summary>
    Forward,

    /// <summary>It is part of a tree.</summary>
    Collective,
}
