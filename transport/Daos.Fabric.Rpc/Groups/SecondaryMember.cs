namespace Daos.Fabric.Rpc.Groups;

/// <summary>A rank of a secondary group. Immutable.</summary>
/// <param name="Secondary">Its number in the secondary group.</param>
/// <param name="Primary">The same process's rank in the primary group.</param>
public readonly record struct SecondaryMember(Rank Secondary, Rank Primary);
