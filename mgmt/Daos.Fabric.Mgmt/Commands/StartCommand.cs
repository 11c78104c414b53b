using System.CommandLine;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Control;

namespace Daos.Fabric.Mgmt.Commands;

/// <summary><c>daos_server start</c>.</summary>
internal static class StartCommand
{
    internal static Command Build(GlobalOptions options, TextWriter errors)
    {
        var port = new Option<string?>("--port", "-p") { Description = "instead of 'port'" };
        var targets = new Option<string?>("--targets", "-t") { Description = "instead of 'targets' of every engine" };
        var firstCore = new Option<string?>("--first-core", "-f") { Description = "instead of 'first_core' of every engine" };
        var group = new Option<string?>("--group", "-g") { Description = "instead of 'name', the system's name" };
        var sockets = new Option<string?>("--socket-dir", "-d") { Description = "instead of 'socket_dir'" };
        var insecure = new Option<bool>("--insecure", "-i") { Description = "instead of 'allow_insecure': no certificates; for development" };
        var autoFormat = new Option<bool>("--auto-format") { Description = "format storage that is empty without waiting for 'storage format'; nothing is ever erased" };
        var command = new Command("start", "Start the engines of this host and watch them until a signal. SIGTERM and SIGINT stop them cleanly, a second one at once")
        {
            port, targets, firstCore, group, sockets, insecure, autoFormat,
        };
        command.SetAction(async (parsed, _) =>
        {
            List<ConfigOverride> overrides = [];
            foreach ((Option<string?> option, string path) in new[] { (port, "port"), (targets, "engines[].targets"), (firstCore, "engines[].first_core"), (group, "name"), (sockets, "socket_dir") })
            {
                if (parsed.GetValue(option) is { } value)
                {
                    overrides.Add(new ConfigOverride(path, value, option.Name));
                }
            }

            if (parsed.GetValue(insecure))
            {
                overrides.Add(new ConfigOverride("transport_config.allow_insecure", "true", insecure.Name));
            }

            if (options.Load(parsed, overrides, out int exitCode) is not { } config)
            {
                return exitCode;
            }

            using var server = new ServerProcess(config, parsed.GetValue(autoFormat), errors);
            return await server.RunAsync().ConfigureAwait(false) is { } problem ? options.Output(parsed).Fail(DerCode.Misc, problem) : ExitCode.Done;
        });
        return command;
    }
}
