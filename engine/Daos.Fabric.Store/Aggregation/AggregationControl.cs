namespace Daos.Fabric.Store.Aggregation;

/// <summary>How fast an aggregation goes, and its end before its time. Whoever starts it holds it; owned by the shard's xstream.</summary>
public sealed class AggregationControl
{
    /// <summary>True to go through fast, because space is short (DAOS: tight credits).</summary>
    public bool IsTight { get; set; }

    /// <summary>
    /// A count that grows with everything that others want of the target, of all its shards; null: the operations of this shard. While it
    /// stands still the walk goes fast, while it grows the walk makes way.
    /// </summary>
    public Func<long>? ForegroundCount { get; init; }

    /// <summary>How fast it goes now.</summary>
    internal AggregationPace Pace { get; } = new();

    /// <summary>True to stop at the next slice: what was done stays done.</summary>
    public bool IsCancelled { get; private set; }

    /// <summary>Stops it at the next slice.</summary>
    public void Cancel() => IsCancelled = true;
}
