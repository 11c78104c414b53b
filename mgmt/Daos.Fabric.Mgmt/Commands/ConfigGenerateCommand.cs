using System.CommandLine;
using System.Text.Json.Nodes;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Hardware;

namespace Daos.Fabric.Mgmt.Commands;

/// <summary><c>daos_server config generate</c>.</summary>
internal static class ConfigGenerateCommand
{
    internal static Command Build(GlobalOptions options)
    {
        var replicas = new Option<string[]>("--ms-replicas", "-r") { Description = "hosts with a replica of the management service", AllowMultipleArgumentsPerToken = true };
        var engines = new Option<int>("--num-engines", "-e") { Description = "engines; without it one for each NUMA node that has an interface" };
        var targets = new Option<int>("--targets", "-t") { Description = "targets of each engine; without it from the number of cores" };
        var scmOnly = new Option<bool>("--scm-only", "-s") { Description = "leave block devices alone" };
        var netClass = new Option<string>("--net-class", "-c") { Description = "interfaces to use", DefaultValueFactory = static _ => "best-available" };
        netClass.AcceptOnlyFromAmong("best-available", "ethernet", "infiniband", "loopback");
        var provider = new Option<string>("--net-provider", "-p") { Description = "how engines are reached", DefaultValueFactory = static _ => "tcp" };
        provider.AcceptOnlyFromAmong(Providers.Names);
        var ram = new Option<bool>("--use-tmpfs-scm", "-m") { Description = "RAM disks as first tiers; needs --control-metadata-path when there are devices" };
        var metadata = new Option<string?>("--control-metadata-path") { Description = "directory of what must survive a restart of the machine" };
        var port = new Option<int>("--fabric-port") { Description = "first port of the first engine", DefaultValueFactory = static _ => 31316 };
        var insecure = new Option<bool>("--insecure", "-i") { Description = "no certificates; for development" };
        var file = new Option<string?>("--output") { Description = "file to write, which must not exist; without it standard output" };
        var command = new Command("generate", "Write a configuration for this machine") { replicas, engines, targets, scmOnly, netClass, provider, ram, metadata, port, insecure, file };
        command.SetAction(parsed =>
        {
            CommandOutput output = options.Output(parsed);
            var wish = new ConfigWish
            {
                Replicas = parsed.GetValue(replicas) is { Length: > 0 } hosts ? hosts : ["localhost"],
                Engines = parsed.GetValue(engines),
                Targets = parsed.GetValue(targets),
                UsesDevices = !parsed.GetValue(scmOnly),
                NetClass = parsed.GetValue(netClass)!,
                Provider = parsed.GetValue(provider)!,
                UsesRam = parsed.GetValue(ram),
                MetadataPath = parsed.GetValue(metadata) ?? "",
                Port = parsed.GetValue(port),
                IsInsecure = parsed.GetValue(insecure),
            };
            string? text = ConfigGenerator.Generate(wish, Machine.Look(), out string? problem);
            if (text is null)
            {
                return output.Fail(DerCode.Invalid, problem!);
            }

            return parsed.GetValue(file) is { } path ? Write(path, text, output) : output.Done(new JsonObject { ["config"] = text }, people => people.Write(text));
        });
        return command;
    }

    private static int Write(string path, string text, CommandOutput output)
    {
        try
        {
            using var writer = new StreamWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write));
            writer.Write(text);
        }
        catch (IOException) when (File.Exists(path))
        {
            return output.Fail(DerCode.Exists, $"{path} exists and was left alone; move it away, or give --output another name");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return output.Fail(DerCode.NoPerm, $"{path} cannot be written: {exception.Message}");
        }

        return output.Done(new JsonObject { ["file"] = path, ["config"] = text }, people => people.WriteLine($"{path} is written; look at it, then 'daos_server config check --config-path {path}'"));
    }
}
