namespace Daos.Fabric.Core.Identities;

/// <summary>An engine's number in its system.</summary>
public readonly record struct Rank(uint Value)
{
    /// <summary>No rank: a client, or not known yet (CRT_NO_RANK).</summary>
    public static Rank None => new(uint.MaxValue);

    /// <inheritdoc/>
    public override string ToString() => Value == uint.MaxValue ? "none" : Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
