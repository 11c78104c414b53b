namespace Daos.Fabric.Store.Media;

/// <summary>How often something was done and how long it took, to the turn of the owner's loop. A copy; any thread may keep it.</summary>
public record struct LatencySummary
{
    /// <summary>How often.</summary>
    public long Count { get; private set; }

    /// <summary>All of them together, in ns.</summary>
    public long TotalNs { get; private set; }

    /// <summary>The longest, in ns.</summary>
    public long LongestNs { get; private set; }

    /// <summary>The mean in ns; 0 when there was none.</summary>
    public readonly long MeanNs => Count == 0 ? 0 : TotalNs / Count;

    /// <summary>Both together.</summary>
    public readonly LatencySummary Plus(LatencySummary other) => new()
    {
        Count = Count + other.Count,
        TotalNs = TotalNs + other.TotalNs,
        LongestNs = Math.Max(LongestNs, other.LongestNs),
    };

    internal void Add(long tookNs)
    {
        Count++;
        TotalNs += tookNs;
        LongestNs = Math.Max(LongestNs, tookNs);
    }
}
