using System.Text.Json;
using Daos.Fabric.SelfTest.Options;
using Daos.Fabric.SelfTest.Running;

namespace Daos.Fabric.SelfTest.Reporting;

/// <summary>One valid JSON document. Sizes are in bytes, latencies in ns.</summary>
internal static class JsonReport
{
    internal static void Write(Stream output, ToolOptions options, IReadOnlyList<Measurement> measurements)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("repetitions", options.Repetitions);
        json.WriteNumber("warm_up", options.WarmUp);
        json.WriteString("polling", options.Polling.ToString().ToLowerInvariant());
        json.WriteStartArray("measurements");
        foreach (Measurement measurement in measurements)
        {
            json.WriteStartObject();
            json.WriteString("master", measurement.Master?.ToString());
            json.WriteString("kind", measurement.Shape.Kind);
            json.WriteString("send_by", measurement.Shape.Send.ToString().ToLowerInvariant());
            json.WriteNumber("send_bytes", measurement.Shape.SendBytes);
            json.WriteString("reply_by", measurement.Shape.Reply.ToString().ToLowerInvariant());
            json.WriteNumber("reply_bytes", measurement.Shape.ReplyBytes);
            json.WriteNumber("inflight", measurement.InFlight);
            json.WriteString("error", measurement.Error);
            if (measurement.Result is { } result)
            {
                json.WriteNumber("elapsed_ns", result.ElapsedNs);
                json.WriteNumber("rpcs_per_second", Math.Round(result.CallsPerSecond, 3));
                json.WriteNumber("bytes_per_second", Math.Round(result.BytesPerSecond(measurement.Shape), 3));
                WriteFigures(json, result.All);
                WriteEndpoints(json, options, result);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteEndpoints(Utf8JsonWriter json, ToolOptions options, SelfTestResult result)
    {
        json.WriteStartArray("endpoints");
        for (int i = 0; i < result.Endpoints.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("endpoint", options.Endpoints[i].ToString());
            WriteFigures(json, result.Endpoints[i]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFigures(Utf8JsonWriter json, in SelfTestSummary s)
    {
        json.WriteNumber("succeeded", s.Succeeded);
        json.WriteNumber("failed", s.Failed);
        json.WriteNumber("not_made", s.NotMade);
        json.WriteString("first_failure", s.FirstFailure.IsError ? s.FirstFailure.Symbol : null);
        json.WriteStartObject("latency_ns");
        json.WriteNumber("min", s.Min);
        json.WriteNumber("p25", s.P25);
        json.WriteNumber("p50", s.Median);
        json.WriteNumber("p75", s.P75);
        json.WriteNumber("p95", s.P95);
        json.WriteNumber("p99", s.P99);
        json.WriteNumber("p99.9", s.P999);
        json.WriteNumber("max", s.Max);
        json.WriteNumber("mean", Math.Round(s.Mean, 1));
        json.WriteNumber("stddev", Math.Round(s.Deviation, 1));
        json.WriteEndObject();
    }
}
