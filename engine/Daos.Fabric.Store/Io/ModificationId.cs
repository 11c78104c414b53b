namespace Daos.Fabric.Store.Io;

/// <summary>
/// Who asks for a modification, and which of their modifications it is: what makes a resend find its first answer. A client's
/// sequence numbers start at 1 and grow by 1 with each modification, to whatever shard. A value.
/// </summary>
/// <param name="ClientId">The client; an empty id means that no result is kept.</param>
/// <param name="Sequence">Number of the modification.</param>
/// <param name="LowestUnanswered">Answers to everything below this number have arrived.</param>
public readonly record struct ModificationId(Guid ClientId, ulong Sequence, ulong LowestUnanswered)
{
    /// <summary>No result is kept: the engine's own modifications and tests.</summary>
    public static ModificationId None => default;

    /// <summary>True when a result is kept.</summary>
    public bool IsTracked => ClientId != Guid.Empty;
}
