namespace Daos.Fabric.Store.Aggregation;

/// <summary>How fast an aggregation goes, and its end before its time. Whoever starts it holds it; owned by the shard's xstream.</summary>
public sealed class AggregationControl
{
    /// <summary>True to go through fast, because space is short (DAOS: tight credits).</summary>
    public bool IsTight { get; set; }

    /// <summary>True to stop at the next slice: what was done stays done.</summary>
    public bool IsCancelled { get; private set; }

    /// <summary>Stops it at the next slice.</summary>
    public void Cancel() => IsCancelled = true;
}
