using System.CommandLine;
using System.Text.Json.Nodes;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Control;

namespace Daos.Fabric.Mgmt.Commands;

/// <summary><c>daos_server ms status</c>.</summary>
internal static class MsCommand
{
    internal static Command Build(GlobalOptions options)
    {
        var command = new Command("status", "Say what this host is in the management service, and how its daos_server and engines are");
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Load(parsed, [], out int exitCode) is not { } config)
            {
                return exitCode;
            }

            using var client = new ControlClient(config);
            (JsonNode? answer, string? problem) = await client.StatusAsync(cancellation).ConfigureAwait(false);
            var response = new JsonObject
            {
                ["system"] = config.Name,
                ["replicas"] = new JsonArray([.. config.Replicas.Select(static r => JsonValue.Create(r))]),
                ["is_replica"] = config.Replicas.Count == 0 || config.Replicas.Any(ServerChecks.IsThisHost),
                ["highly_available"] = false,
                ["server"] = answer,
            };
            return answer is null
                ? options.Output(parsed).Fail(DerCode.Unreachable, problem!, ExitCode.Failed, response)
                : options.Output(parsed).Done(response, people => Print(config, response, people));
        });
        return new Command("ms", "The management service") { command };
    }

    private static void Print(ServerConfig config, JsonObject response, TextWriter people)
    {
        people.WriteLine($"system      {config.Name}");
        people.WriteLine($"replicas    {(config.Replicas.Count == 0 ? "this host" : string.Join(", ", config.Replicas))}");
        people.WriteLine($"this host   {((bool)response["is_replica"]! ? "a replica" : "no replica")}");
        people.WriteLine("standing    one host, not highly available: the system's records are lost with it");
        JsonNode server = response["server"]!;
        people.WriteLine($"daos_server version {(string?)server["version"]}, process {(int)server["pid"]!}");
        var table = new TextTable("engine", "rank", "state", "restarts", "process", "where", "message");
        foreach (JsonNode engine in server["engines"]!.AsArray().Select(static e => e!))
        {
            table.Add(Text(engine["index"]), Text(engine["rank"]), Text(engine["state"]), Text(engine["restarts"]), Text(engine["pid"]),
                string.Join(' ', engine["uris"]!.AsArray().Select(static u => (string?)u)), Text(engine["message"]));
        }

        table.Print(people);
    }

    private static string Text(JsonNode? node) => node?.ToString() ?? "-";
}
