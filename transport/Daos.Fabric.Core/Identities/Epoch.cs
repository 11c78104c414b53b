namespace Daos.Fabric.Core.Identities;

/// <summary>
/// The version of a record: a hybrid logical clock value, minted by the first engine that handles an operation. Higher is newer.
/// </summary>
public readonly record struct Epoch(ulong Value) : IComparable<Epoch>
{
    /// <summary>Not set; a read at it means "the newest".</summary>
    public static Epoch None => default;

    /// <summary>DAOS_EPOCH_MAX.</summary>
    public static Epoch Max => new(ulong.MaxValue);

    /// <summary>True when set.</summary>
    public bool IsSet => Value != 0;

    /// <inheritdoc/>
    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    /// <summary>Compares by age.</summary>
    public static bool operator <(Epoch left, Epoch right) => left.Value < right.Value;

    /// <summary>Compares by age.</summary>
    public static bool operator >(Epoch left, Epoch right) => left.Value > right.Value;

    /// <summary>Compares by age.</summary>
    public static bool operator <=(Epoch left, Epoch right) => left.Value <= right.Value;

    /// <summary>Compares by age.</summary>
    public static bool operator >=(Epoch left, Epoch right) => left.Value >= right.Value;

    /// <summary>Hexadecimal, as DAOS prints epochs.</summary>
    public override string ToString() => $"0x{Value:x}";
}
