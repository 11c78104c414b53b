using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Daos.Fabric.Mgmt.Logging;

/// <summary>
/// Lines of daos_server: time, level, a sentence, and names with values, as words or as JSON. One line each, whatever the values contain. Any thread.
/// </summary>
internal sealed class ServerLog(TextWriter writer, LogLevel least, bool isJson, TimeProvider time)
{
    private const int ValueMax = 2000;

    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();

    internal void Debug(string message, params ReadOnlySpan<(string Name, object? Value)> values) => Write(LogLevel.Debug, message, values);

    internal void Info(string message, params ReadOnlySpan<(string Name, object? Value)> values) => Write(LogLevel.Info, message, values);

    internal void Notice(string message, params ReadOnlySpan<(string Name, object? Value)> values) => Write(LogLevel.Notice, message, values);

    internal void Warning(string message, params ReadOnlySpan<(string Name, object? Value)> values) => Write(LogLevel.Warning, message, values);

    internal void Error(string message, params ReadOnlySpan<(string Name, object? Value)> values) => Write(LogLevel.Error, message, values);

    private void Write(LogLevel level, string message, ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (level < least)
        {
            return;
        }

        string at = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        string line = isJson ? Json(at, level, message, values) : Words(at, level, message, values);
        lock (_lock)
        {
            writer.WriteLine(line);
            writer.Flush();
        }
    }

    private static string Words(string at, LogLevel level, string message, ReadOnlySpan<(string Name, object? Value)> values)
    {
        var line = new StringBuilder($"{at} {level.ToString().ToUpperInvariant()} {OneLine(message)}");
        foreach ((string name, object? value) in values)
        {
            string text = Text(value);
            line.Append($" {name}={(text.Length > 0 && text.All(static c => !char.IsWhiteSpace(c) && c is not ('"' or '=')) ? text : $"\"{text.Replace("\"", "\\\"", StringComparison.Ordinal)}\"")}");
        }

        return line.ToString();
    }

    private static string Json(string at, LogLevel level, string message, ReadOnlySpan<(string Name, object? Value)> values)
    {
        var line = new JsonObject { ["time"] = at, ["level"] = level.ToString().ToUpperInvariant(), ["message"] = OneLine(message) };
        foreach ((string name, object? value) in values)
        {
            line[name] = Text(value);
        }

        return line.ToJsonString(s_relaxed);
    }

    private static string Text(object? value) => OneLine(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");

    private static string OneLine(string text)
    {
        string shortened = text.Length > ValueMax ? text[..ValueMax] : text;
        return shortened.Any(char.IsControl) ? string.Concat(shortened.Select(static c => char.IsControl(c) ? ' ' : c)) : shortened;
    }
}
