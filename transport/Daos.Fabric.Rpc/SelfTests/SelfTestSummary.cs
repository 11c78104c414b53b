using Daos.Fabric.Core.Metrics;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>What became of the calls to one endpoint, or to all of a run. Times are in ns. A value.</summary>
public readonly record struct SelfTestSummary
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 14 * 8;

    /// <summary>Calls that were answered with what they asked for.</summary>
    public long Succeeded { get; init; }

    /// <summary>Calls that ended otherwise.</summary>
    public long Failed { get; init; }

    /// <summary>Calls that were not made, because the endpoint was lost or the run was stopped.</summary>
    public long NotMade { get; init; }

    /// <summary>What the first call that failed ended with, or why no session could be opened.</summary>
    public DerCode FirstFailure { get; init; }

    /// <summary>Shortest latency of a call that succeeded.</summary>
    public long Min { get; init; }

    /// <summary>25th percentile.</summary>
    public long P25 { get; init; }

    /// <summary>50th percentile.</summary>
    public long Median { get; init; }

    /// <summary>75th percentile.</summary>
    public long P75 { get; init; }

    /// <summary>95th percentile.</summary>
    public long P95 { get; init; }

    /// <summary>99th percentile.</summary>
    public long P99 { get; init; }

    /// <summary>99.9th percentile.</summary>
    public long P999 { get; init; }

    /// <summary>Longest latency.</summary>
    public long Max { get; init; }

    /// <summary>Arithmetic mean.</summary>
    public double Mean { get; init; }

    /// <summary>Standard deviation.</summary>
    public double Deviation { get; init; }

    /// <summary>Every call succeeded.</summary>
    public bool IsClean => Failed == 0 && NotMade == 0;

    internal static SelfTestSummary Of(Histogram latency, long failed, long notMade, DerCode firstFailure) => new()
    {
        Succeeded = latency.Count,
        Failed = failed,
        NotMade = notMade,
        FirstFailure = firstFailure,
        Min = latency.Min,
        P25 = latency.Percentile(25),
        Median = latency.Percentile(50),
        P75 = latency.Percentile(75),
        P95 = latency.Percentile(95),
        P99 = latency.Percentile(99),
        P999 = latency.Percentile(99.9),
        Max = latency.Max,
        Mean = latency.Mean,
        Deviation = latency.StandardDeviation,
    };

    internal void Write(ref WireWriter writer)
    {
        foreach (long value in (ReadOnlySpan<long>)
        [
            Succeeded, Failed, NotMade, FirstFailure.Value, Min, P25, Median, P75, P95, P99, P999, Max,
            BitConverter.DoubleToInt64Bits(Mean), BitConverter.DoubleToInt64Bits(Deviation),
        ])
        {
            writer.WriteUInt64((ulong)value);
        }
    }

    internal static SelfTestSummary Read(ref WireReader reader) => new()
    {
        Succeeded = (long)reader.ReadUInt64(),
        Failed = (long)reader.ReadUInt64(),
        NotMade = (long)reader.ReadUInt64(),
        FirstFailure = new DerCode((int)reader.ReadUInt64()),
        Min = (long)reader.ReadUInt64(),
        P25 = (long)reader.ReadUInt64(),
        Median = (long)reader.ReadUInt64(),
        P75 = (long)reader.ReadUInt64(),
        P95 = (long)reader.ReadUInt64(),
        P99 = (long)reader.ReadUInt64(),
        P999 = (long)reader.ReadUInt64(),
        Max = (long)reader.ReadUInt64(),
        Mean = BitConverter.Int64BitsToDouble((long)reader.ReadUInt64()),
        Deviation = BitConverter.Int64BitsToDouble((long)reader.ReadUInt64()),
    };
}
