using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Daos.Fabric.Core.Errors;

namespace Daos.Fabric.Mgmt.Commands;

/// <summary>
/// How a command answers: for people on standard output with problems on standard error, or as one JSON document of DAOS's form
/// <c>{response, error, status}</c> on standard output. One thread.
/// </summary>
internal sealed class CommandOutput(TextWriter output, TextWriter errors, bool isJson)
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The command was done.</summary>
    internal int Done(JsonNode? response, Action<TextWriter> people)
    {
        if (isJson)
        {
            Envelope(response, null, 0);
        }
        else
        {
            people(output);
        }

        return ExitCode.Done;
    }

    /// <summary>The command could not be done: one sentence, and what is known anyway.</summary>
    internal int Fail(DerCode code, string sentence, int exitCode = ExitCode.Failed, JsonNode? response = null) => Fail(code, [sentence], exitCode, response);

    /// <summary>The command could not be done, for several reasons.</summary>
    internal int Fail(DerCode code, IReadOnlyList<string> sentences, int exitCode, JsonNode? response = null)
    {
        if (isJson)
        {
            Envelope(response, string.Join('\n', sentences), code.Value);
            return exitCode;
        }

        foreach (string sentence in sentences)
        {
            errors.WriteLine($"daos_server: {sentence}");
        }

        return exitCode;
    }

    /// <summary>Something that people should know and that is no failure.</summary>
    internal void Warn(string sentence) => errors.WriteLine($"daos_server: {sentence}");

    private void Envelope(JsonNode? response, string? error, int status) =>
        output.WriteLine(new JsonObject { ["response"] = response, ["error"] = error, ["status"] = status }.ToJsonString(s_indented));
}
