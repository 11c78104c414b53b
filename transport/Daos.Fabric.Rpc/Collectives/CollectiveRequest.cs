namespace Daos.Fabric.Rpc.Collectives;

/// <summary>
/// A collective request at one rank. Owned by the service, which uses it again: valid from <see cref="ICollectiveOperation.BeforeForward"/>
/// until <see cref="ICollectiveOperation.AfterReply"/> returned.
/// </summary>
public sealed class CollectiveRequest
{
    internal CollectiveRequest()
    {
    }

    /// <summary>The operation.</summary>
    public RpcOpcode Opcode { get; internal set; }

    /// <summary>The group that it runs over.</summary>
    public uint GroupId { get; internal set; }

    /// <summary>Who started it.</summary>
    public Rank Root { get; internal set; }

    /// <summary>Who handed it to this rank; <see cref="Rank.None"/> at the root.</summary>
    public Rank Parent { get; internal set; }

    /// <summary>What the root gave, the same at every rank.</summary>
    public ReadOnlyMemory<byte> Payload { get; internal set; }

    /// <summary>When this rank's parent does not wait any more, on the loop's clock.</summary>
    public long DeadlineNs { get; internal set; }

    /// <summary>The reply of this rank's part, into which those of its children are merged.</summary>
    public ReplyRoom Reply { get; internal set; } = null!;
}
