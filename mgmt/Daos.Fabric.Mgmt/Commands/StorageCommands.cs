using System.CommandLine;
using System.Text.Json.Nodes;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Control;
using Daos.Fabric.Mgmt.Hardware;
using Daos.Fabric.Mgmt.Storage;

namespace Daos.Fabric.Mgmt.Commands;

/// <summary><c>daos_server storage</c>: scan, prepare, format; devices in <see cref="StorageDeviceCommands"/>.</summary>
internal static class StorageCommands
{
    internal static Command Build(GlobalOptions options) => new("storage", "Devices of this host and the storage of its engines")
    {
        Scan(options),
        Prepare(options),
        Format(options),
        StorageDeviceCommands.Query(options),
        StorageDeviceCommands.Set(options),
        StorageDeviceCommands.Replace(options),
    };

    private static Command Scan(GlobalOptions options)
    {
        var command = new Command("scan", "List block devices, what they hold and what uses them; nothing is changed");
        command.SetAction(parsed =>
        {
            IReadOnlyList<BlockDevice> devices = BlockDevices.Scan(new SystemRoots());
            return options.Output(parsed).Done(new JsonObject { ["devices"] = new JsonArray([.. devices.Select(static d => d.ToJson())]) }, people => Print(devices, people));
        });
        return command;
    }

    private static void Print(IReadOnlyList<BlockDevice> devices, TextWriter people)
    {
        var table = new TextTable("device", "size", "NUMA", "PCI address", "model", "state");
        foreach (BlockDevice device in devices)
        {
            string holds = device.Signature.Length > 0 ? $"holds {device.Signature}" : "";
            string state = device.IsFree ? "free" : string.Join(", ", device.Uses.Append(holds).Where(static s => s.Length > 0));
            table.Add(device.Path, Units.About(device.SizeBytes), device.NumaNode < 0 ? "-" : device.NumaNode.ToString(CultureInfo.InvariantCulture),
                device.PciAddress.Length == 0 ? "-" : device.PciAddress, device.Model.Length == 0 ? "-" : ConfigText.Quote(device.Model), state);
        }

        table.Print(people);
    }

    private static Command Prepare(GlobalOptions options)
    {
        var command = new Command("prepare", "Say for every tier of the configuration whether it can be formatted, and what is in the way; nothing is changed");
        command.SetAction(parsed =>
        {
            if (options.Load(parsed, [], out int exitCode) is not { } config)
            {
                return exitCode;
            }

            return Prepared(config, new HostStorage(new CommandRunner(), new SystemRoots()), options.Output(parsed));
        });
        return command;
    }

    /// <summary>The answer of <c>prepare</c> for a machine.</summary>
    internal static int Prepared(ServerConfig config, IHostStorage host, CommandOutput output)
    {
        (EngineConfig Engine, StorageLayout Layout, IReadOnlyList<string> Refusals)[] engines = [.. config.Engines.Select(e =>
        {
            var storage = new EngineStorage(config, e, host);
            return (e, storage.Layout, storage.Refusals(isForced: false));
        })];
        var response = new JsonObject
        {
            ["engines"] = new JsonArray([.. engines.Select(static e => new JsonObject
            {
                ["index"] = e.Engine.Index,
                ["tiers"] = new JsonArray([.. e.Layout.Described.Select(static t => JsonValue.Create(t))]),
                ["problems"] = new JsonArray([.. e.Refusals.Select(static r => JsonValue.Create(r))]),
            })]),
        };
        string[] problems = [.. engines.SelectMany(static e => e.Refusals.Select(r => $"engine {e.Engine.Index}: {r}"))];
        return problems.Length > 0
            ? output.Fail(DerCode.Exists, problems, ExitCode.Failed, response)
            : output.Done(response, people =>
            {
                foreach ((EngineConfig engine, StorageLayout layout, _) in engines)
                {
                    people.WriteLine($"engine {engine.Index}: ready to be formatted: {string.Join(" | ", layout.Described)}");
                }
            });
    }

    private static Command Format(GlobalOptions options)
    {
        var force = new Option<bool>("--force", "-f") { Description = "erase what is there, also storage of engines with all its pools and devices that hold something else; never what is in use" };
        var command = new Command("format", "Format the storage of engines of the running daos_server that wait for it, and let them start") { force };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Load(parsed, [], out int exitCode) is not { } config)
            {
                return exitCode;
            }

            using var client = new ControlClient(config);
            (JsonNode? answer, string? problem) = await client.FormatAsync(parsed.GetValue(force), cancellation).ConfigureAwait(false);
            return Formatted(answer, problem, options.Output(parsed));
        });
        return command;
    }

    private static int Formatted(JsonNode? answer, string? problem, CommandOutput output)
    {
        if (answer is null)
        {
            return output.Fail(DerCode.Unreachable, problem!);
        }

        JsonNode[] engines = [.. answer["engines"]!.AsArray().Select(static e => e!)];
        JsonNode[] failed = [.. engines.Where(static e => (int)e["status"]! != 0)];
        return failed.Length > 0
            ? output.Fail(new DerCode((int)failed[0]["status"]!), [.. failed.Select(static e => $"engine {(int)e["index"]!}: {(string?)e["error"]}")], ExitCode.Failed, answer)
            : output.Done(answer, people =>
            {
                foreach (JsonNode engine in engines)
                {
                    people.WriteLine($"engine {(int)engine["index"]!}: formatted, uuid {(string?)engine["uuid"]}");
                }
            });
    }
}
