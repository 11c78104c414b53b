using System.CommandLine;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Daos.Fabric.Mgmt.Commands;

/// <summary><c>daos_server version</c>.</summary>
internal static class VersionCommand
{
    /// <summary>The product's version, such as 0.1.0.</summary>
    internal static string Text { get; } =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    internal static Command Build(GlobalOptions options)
    {
        var command = new Command("version", "Print the version");
        command.SetAction(parsed => options.Output(parsed).Done(
            new JsonObject { ["name"] = "daos_server", ["version"] = Text },
            people => people.WriteLine($"daos_server version {Text}")));
        return command;
    }
}
