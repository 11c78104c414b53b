namespace Daos.Fabric.Store.Aggregation;

/// <summary>What a removal takes out of an array. A value.</summary>
/// <param name="Index">First record; parity has bit 63.</param>
/// <param name="Count">Number of records.</param>
/// <param name="First">First epoch; 0 for everything up to the last.</param>
/// <param name="Last">Last epoch.</param>
public readonly record struct RemovalRange(ulong Index, ulong Count, ulong First, ulong Last)
{
    /// <summary>First record behind the range; 0 when that is behind all there can be.</summary>
    internal ulong End => Index + Count;
}
