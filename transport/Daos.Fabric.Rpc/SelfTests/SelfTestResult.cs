using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>The figures of a run. Immutable.</summary>
/// <param name="ElapsedNs">From the first counted call to the end of the last, in ns.</param>
/// <param name="All">All calls together.</param>
/// <param name="Endpoints">By endpoint, in the order of the run's endpoints.</param>
public sealed record SelfTestResult(long ElapsedNs, SelfTestSummary All, IReadOnlyList<SelfTestSummary> Endpoints)
{
    private const int HeadBytes = 16;

    /// <summary>Calls that succeeded, by the time that all of them took; 0 when none was made.</summary>
    public double CallsPerSecond => ElapsedNs == 0 ? 0 : All.Succeeded * 1e9 / ElapsedNs;

    internal int SizeBytes => HeadBytes + ((1 + Endpoints.Count) * SelfTestSummary.SizeBytes);

    /// <summary>Bytes there and back per second.</summary>
    public double BytesPerSecond(in SelfTestShape shape) => CallsPerSecond * ((long)shape.SendBytes + shape.ReplyBytes);

    internal void Write(ref WireWriter writer)
    {
        writer.WriteUInt64((ulong)ElapsedNs);
        writer.WriteUInt32((uint)Endpoints.Count);
        writer.Align8();
        All.Write(ref writer);
        foreach (SelfTestSummary endpoint in Endpoints)
        {
            endpoint.Write(ref writer);
        }
    }

    /// <summary>Reads it from a reader that holds nothing else; null when it is malformed.</summary>
    internal static SelfTestResult? TryRead(ref WireReader reader)
    {
        var elapsedNs = (long)reader.ReadUInt64();
        uint count = reader.ReadUInt32();
        reader.ReadPadding8();
        if (reader.Failed || count > SelfTestLimits.EndpointsMax)
        {
            return null;
        }

        SelfTestSummary all = SelfTestSummary.Read(ref reader);
        var endpoints = new SelfTestSummary[count];
        for (int i = 0; i < endpoints.Length; i++)
        {
            endpoints[i] = SelfTestSummary.Read(ref reader);
        }

        return reader.IsComplete ? new SelfTestResult(elapsedNs, all, endpoints) : null;
    }
}
