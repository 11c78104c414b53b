using System.CommandLine;
using System.Text.Json.Nodes;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Hardware;

namespace Daos.Fabric.Mgmt.Commands;

/// <summary><c>daos_server network scan</c>.</summary>
internal static class NetworkCommand
{
    internal static Command Build(GlobalOptions options)
    {
        var provider = new Option<string>("--provider", "-p") { Description = "only interfaces with this provider", DefaultValueFactory = static _ => "all" };
        provider.AcceptOnlyFromAmong(["all", .. Providers.Names.Where(Providers.IsNetwork)]);
        var scan = new Command("scan", "List network interfaces, their NUMA nodes, and the providers that engines can use there") { provider };
        scan.SetAction(parsed =>
        {
            string wanted = parsed.GetValue(provider)!;
            NetworkInterface[] found = [.. NetworkInterfaces.Scan(new SystemRoots()).Where(i => wanted == "all" || i.Providers.Contains(Providers.Scheme(wanted)))];
            return options.Output(parsed).Done(
                new JsonObject { ["interfaces"] = new JsonArray([.. found.Select(static i => i.ToJson())]) },
                people => Print(found, people));
        });
        return new Command("network", "Network interfaces") { scan };
    }

    private static void Print(NetworkInterface[] found, TextWriter people)
    {
        var table = new TextTable("interface", "class", "state", "NUMA", "addresses", "providers");
        foreach (NetworkInterface i in found)
        {
            table.Add(i.Name, i.Class, i.IsUp ? "up" : "down", i.NumaNode < 0 ? "-" : i.NumaNode.ToString(CultureInfo.InvariantCulture),
                i.Addresses.Count == 0 ? "-" : string.Join(' ', i.Addresses), i.Providers.Count == 0 ? "-" : string.Join(' ', i.Providers));
        }

        table.Print(people);
    }
}
