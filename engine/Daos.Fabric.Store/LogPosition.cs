namespace Daos.Fabric.Store;

/// <summary>
/// A point in a shard's log: everything committed up to it is durable once the shard's stable position has reached it. Grows for ever,
/// also across restarts; a volatile shard counts transactions instead of bytes.
/// </summary>
public readonly record struct LogPosition(ulong Value) : IComparable<LogPosition>
{
    /// <summary>Before everything; always stable.</summary>
    public static LogPosition None => default;

    /// <inheritdoc/>
    public int CompareTo(LogPosition other) => Value.CompareTo(other.Value);

    /// <summary>Compares by age.</summary>
    public static bool operator <(LogPosition left, LogPosition right) => left.Value < right.Value;

    /// <summary>Compares by age.</summary>
    public static bool operator >(LogPosition left, LogPosition right) => left.Value > right.Value;

    /// <summary>Compares by age.</summary>
    public static bool operator <=(LogPosition left, LogPosition right) => left.Value <= right.Value;

    /// <summary>Compares by age.</summary>
    public static bool operator >=(LogPosition left, LogPosition right) => left.Value >= right.Value;

    /// <summary>Decimal.</summary>
    public override string ToString() => Value.ToString();
}
