using Daos.Fabric.SelfTest.Options;
using Daos.Fabric.SelfTest.Running;

namespace Daos.Fabric.SelfTest.Reporting;

/// <summary>A line per measurement as soon as it is there; with several endpoints a line for each below. Owned by the main thread.</summary>
internal sealed class TableReport(TextWriter text, ToolOptions options)
{
    private const string Head =
        "master        kind     send        reply       inflight        RPC/s      MiB/s   lat us: min      p25      p50      p75      p95      p99    p99.9      max      avg   stddev    failed";

    private bool _hasHead;

    internal void Add(Measurement measurement)
    {
        if (!_hasHead)
        {
            _hasHead = true;
            text.WriteLine(Head);
        }

        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{measurement.Master?.ToString() ?? "-",-13} {measurement.Shape.Kind,-8} {Side(measurement.Shape.Send, measurement.Shape.SendBytes),-11} {Side(measurement.Shape.Reply, measurement.Shape.ReplyBytes),-11} {measurement.InFlight,8}");
        if (measurement.Result is not { } result)
        {
            text.WriteLine($"{line}   {measurement.Error}");
            text.Flush();
            return;
        }

        text.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{line} {result.CallsPerSecond,12:0} {result.BytesPerSecond(measurement.Shape) / (1 << 20),10:0.0} {Latency(result.All)} {Failures(result.All)}"));
        if (result.Endpoints.Count > 1)
        {
            for (int i = 0; i < result.Endpoints.Count; i++)
            {
                SelfTestSummary endpoint = result.Endpoints[i];
                text.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {options.Endpoints[i].ToString(),-45} {endpoint.Succeeded,14} calls      {Latency(endpoint)} {Failures(endpoint)}"));
            }
        }

        text.Flush();
    }

    private static string Side(SelfTestTransfer transfer, int bytes) => ShapeParser.Format(transfer, bytes);

    private static string Latency(in SelfTestSummary s) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Us(s.Min),13} {Us(s.P25),8} {Us(s.Median),8} {Us(s.P75),8} {Us(s.P95),8} {Us(s.P99),8} {Us(s.P999),8} {Us(s.Max),8} {Us(s.Mean),8} {Us(s.Deviation),8}");

    private static string Us(double ns) => (ns / 1000).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Failures(in SelfTestSummary s) => s.IsClean
        ? string.Create(CultureInfo.InvariantCulture, $"{0,9}")
        : string.Create(CultureInfo.InvariantCulture, $"{s.Failed,9} and {s.NotMade} not made, first {s.FirstFailure}");
}
