using System.CommandLine;
using System.Text.Json.Nodes;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Control;

namespace Daos.Fabric.Mgmt.Commands;

/// <summary><c>daos_server storage query|set|replace</c>: the device tables of this host's engines.</summary>
internal static class StorageDeviceCommands
{
    internal static Command Query(GlobalOptions options)
    {
        var list = new Command("list-devices", "List the devices of this host's engines: state, roles, targets, errors");
        list.SetAction((parsed, cancellation) => AskAsync(options, parsed, client => client.DevicesAsync(cancellation), Listed));
        return new Command("query", "Ask the engines for their devices") { list };
    }

    internal static Command Set(GlobalOptions options)
    {
        Option<Guid> uuid = Uuid("--uuid", "-u", "the device");
        uuid.Required = true;
        var force = new Option<bool>("--force", "-f") { Description = "do it: the targets on the device serve no more until it is replaced" };
        var faulty = new Command("nvme-faulty", "Take a device out of use as if it had failed") { uuid, force };
        faulty.SetAction(async (parsed, cancellation) =>
        {
            Guid device = parsed.GetValue(uuid);
            return parsed.GetValue(force)
                ? await AskAsync(options, parsed, client => client.SetFaultyAsync(device, cancellation), Managed).ConfigureAwait(false)
                : options.Output(parsed).Fail(DerCode.Invalid, $"the targets on device {device} would serve no more until it is replaced; nothing was done. Say --force to do it", ExitCode.Usage);
        });
        return new Command("set", "Change the state of a device") { faulty };
    }

    internal static Command Replace(GlobalOptions options)
    {
        Option<Guid> old = Uuid("--old-uuid", null, "the device that is out");
        old.Required = true;
        Option<Guid> replacement = Uuid("--new-uuid", null, "the device in its place; the same one comes back with what it holds; without it the new one that is there");
        var force = new Option<bool>("--force", "-f") { Description = "do it: what the old device held is given up" };
        var nvme = new Command("nvme", "Put a device in the place of one that is out") { old, replacement, force };
        nvme.SetAction(async (parsed, cancellation) =>
        {
            (Guid gone, Guid next) = (parsed.GetValue(old), parsed.GetValue(replacement));
            return gone == next || parsed.GetValue(force)
                ? await AskAsync(options, parsed, client => client.ReplaceAsync(gone, next, cancellation), Managed).ConfigureAwait(false)
                : options.Output(parsed).Fail(DerCode.Invalid, $"what device {gone} held would be given up; nothing was done. Say --force to do it, or --new-uuid {gone} to take the same device back with what it holds", ExitCode.Usage);
        });
        return new Command("replace", "Replace a device") { nvme };
    }

    private static Option<Guid> Uuid(string name, string? alias, string description) =>
        new(name, alias is null ? [] : [alias]) { Description = description };

    private static async Task<int> AskAsync(
        GlobalOptions options, ParseResult parsed, Func<ControlClient, Task<(JsonNode? Answer, string? Problem)>> ask, Func<JsonNode, CommandOutput, int> tell)
    {
        if (options.Load(parsed, [], out int exitCode) is not { } config)
        {
            return exitCode;
        }

        using var client = new ControlClient(config);
        (JsonNode? answer, string? problem) = await ask(client).ConfigureAwait(false);
        return answer is null ? options.Output(parsed).Fail(DerCode.Unreachable, problem!) : tell(answer, options.Output(parsed));
    }

    private static int Listed(JsonNode answer, CommandOutput output)
    {
        JsonNode[] engines = [.. answer["engines"]!.AsArray().Select(static e => e!)];
        JsonNode[] failed = [.. engines.Where(static e => (int)e["status"]! != 0)];
        if (failed.Length == engines.Length)
        {
            return output.Fail(new DerCode((int)failed[0]["status"]!), [.. failed.Select(static e => (string)e["error"]!)], ExitCode.Failed, answer);
        }

        return output.Done(answer, people =>
        {
            var table = new TextTable("engine", "rank", "device", "state", "roles", "targets", "read errors", "write errors", "checksum errors");
            foreach (JsonNode engine in engines)
            {
                foreach (JsonNode device in engine["devices"]!.AsArray().Select(static d => d!))
                {
                    table.Add($"{engine["index"]}", $"{engine["rank"]}", $"{device["uuid"]}", $"{device["state"]}", Joined(device["roles"]!), Joined(device["targets"]!),
                        $"{device["read_errors"]}", $"{device["write_errors"]}", $"{device["checksum_errors"]}");
                }
            }

            table.Print(people);
            foreach (JsonNode engine in failed)
            {
                people.WriteLine((string)engine["error"]!);
            }
        });
    }

    private static int Managed(JsonNode answer, CommandOutput output)
    {
        if ((int)answer["status"]! is var status && status != 0)
        {
            return output.Fail(new DerCode(status), (string)answer["error"]!, ExitCode.Failed, answer);
        }

        JsonNode device = answer["device"]!;
        return output.Done(answer, people => people.WriteLine($"engine {answer["engine"]}: device {device["uuid"]} is {device["state"]}, targets {Joined(device["targets"]!)}"));
    }

    private static string Joined(JsonNode list) => string.Join(", ", list.AsArray().Select(static i => i!.ToString()));
}
