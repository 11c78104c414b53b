namespace Daos.Fabric.Rpc.Groups;

/// <summary>A rank of the primary group. Immutable.</summary>
/// <param name="Rank">The rank.</param>
/// <param name="Uri">Its primary address.</param>
/// <param name="Incarnation">Of the life that joined; 0 when it is not known.</param>
public sealed record GroupMember(Rank Rank, TransportUri Uri, ulong Incarnation = 0);
