namespace Daos.Fabric.Protocol.Drpc.Messages;

/// <summary>A member in <see cref="GroupUpdateRequest"/>. A value.</summary>
/// <param name="Rank">Its rank.</param>
/// <param name="Uri">Its primary address.</param>
/// <param name="Incarnation">Of the life that joined; 0 when it is not known.</param>
public readonly record struct GroupUpdateEngine(Rank Rank, string Uri, ulong Incarnation);
