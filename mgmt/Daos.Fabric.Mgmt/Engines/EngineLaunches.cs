using System.Text;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Hardware;
using Daos.Fabric.Mgmt.Storage;

namespace Daos.Fabric.Mgmt.Engines;

/// <summary>Turns the configuration of an engine into what <c>daos_engine</c> is started with. Any thread.</summary>
internal sealed class EngineLaunches(ServerConfig config, SystemRoots roots, IReadOnlyDictionary<string, string> environment)
{
    // What the runtime, its loader and DAOS's own switches need; everything else stays out of an engine.
    private static readonly string[] s_always = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "XDG_RUNTIME_DIR"];
    private static readonly string[] s_prefixes = ["DOTNET_", "DAOS_", "FI_"];

    /// <summary>The interfaces that the configuration names and this host lacks, as sentences; none when an engine can be started.</summary>
    internal IEnumerable<string> Problems()
    {
        foreach (EngineConfig engine in config.Engines.Where(static e => e.Providers.Any(Providers.IsNetwork)))
        {
            if (AddressOf(engine.Interface) is null)
            {
                string[] names = [.. NetworkInterfaces.Scan(roots).Where(static i => i.Addresses.Count > 0).Select(static i => i.Name)];
                yield return $"engine {engine.Index}: the interface '{engine.Interface}' {(Directory.Exists($"{roots.Sys}/class/net/{engine.Interface}") ? "has no address" : "does not exist")}; with addresses are {Words.And(names)}";
            }
        }
    }

    /// <summary>What an engine is started with.</summary>
    internal EngineLaunch Of(EngineConfig engine, EngineStorage storage, uint rank) => new()
    {
        Index = engine.Index,
        ConfigPath = string.Create(CultureInfo.InvariantCulture, $"{config.SocketDirectory}/daos_engine.{engine.Index}.yml"),
        ConfigText = Text(engine, storage, rank),
        Environment = EnvironmentOf(engine),
        LogFile = engine.LogFile,
    };

    private string Text(EngineConfig engine, EngineStorage storage, uint rank)
    {
        var text = new StringBuilder("# Written by daos_server for this start; changes are lost.\n");
        text.Append($"storage: {Quote(storage.Layout.DataDirectory)}\n");
        string[] tiers = [.. storage.TierDirectories];
        for (int i = 0; i < tiers.Length; i++)
        {
            string roles = engine.Tiers[i].Roles.Count > 0 ? $", bdev_roles: [{string.Join(", ", engine.Tiers[i].Roles)}]" : "";
            text.Append($"{(i == 0 ? "bdev_tiers:\n" : "")}  - {{path: {Quote(tiers[i])}{roles}}}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"targets: {engine.Targets}\nrank: {rank}\n");
        text.Append(CultureInfo.InvariantCulture, $"socket_dir: {Quote(config.SocketDirectory)}\ninstance_idx: {engine.Index}\n");
        text.Append($"listen: [{string.Join(", ", Addresses(engine).Select(Quote))}]\n");
        if (config.Engines.Count > 1)
        {
            // On one host ranks are the engines' places; who gives others ranks says where they are.
            text.Append($"ranks: [{string.Join(", ", config.Engines.Select(e => Quote(string.Create(CultureInfo.InvariantCulture, $"{e.Index}={Addresses(e)[0]}"))))}]\n");
        }

        if (!config.AllowsInsecure && engine.Providers.Contains("tcp"))
        {
            text.Append($"tls: {{ca: {Quote(config.Certificates.Ca)}, cert: {Quote(config.Certificates.Certificate)}, key: {Quote(config.Certificates.Key)}}}\n");
        }

        if (Cores(engine) is { Count: > 0 } cores)
        {
            text.Append($"cpus: [{string.Join(", ", cores)}]\n");
        }

        if (engine.Modules.Count > 0)
        {
            text.Append($"modules: [{string.Join(", ", engine.Modules.Select(Quote))}]\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"bdev_auto_faulty: {{enable: {(engine.AutoFaulty ? "true" : "false")}, max_io_errs: {engine.MaxIoErrors}, max_csum_errs: {engine.MaxChecksumErrors}}}\n");
        return text.ToString();
    }

    /// <summary>Where an engine listens, its primary provider first; ports follow each other.</summary>
    internal IReadOnlyList<string> Addresses(EngineConfig engine)
    {
        var addresses = new List<string>();
        int port = engine.Port;
        foreach (string provider in engine.Providers)
        {
            string scheme = Providers.Scheme(provider);
            if (Providers.IsNetwork(provider))
            {
                string address = AddressOf(engine.Interface) ?? "0.0.0.0";
                addresses.Add(string.Create(CultureInfo.InvariantCulture, $"{scheme}://{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{port}"));
                port += engine.PortCount;
            }
            else
            {
                addresses.Add(provider == "unix"
                    ? string.Create(CultureInfo.InvariantCulture, $"unix://{config.SocketDirectory}/daos_engine.{engine.Index}.sock")
                    : string.Create(CultureInfo.InvariantCulture, $"{scheme}://{config.Name}-engine{engine.Index}"));
            }
        }

        return addresses;
    }

    private string? AddressOf(string name) => NetworkInterfaces.Scan(roots).FirstOrDefault(i => i.Name == name) is { Addresses: [{ } first, ..] } ? first : null;

    // A core for each target and one for the system; what lies beyond the node is left out.
    private List<int> Cores(EngineConfig engine)
    {
        if (engine.FirstCore is { } first)
        {
            return [.. Enumerable.Range(first, engine.Targets + 1)];
        }

        return engine.NumaNode is { } node
            ? [.. CoreList.Parse(SystemRoots.Text(string.Create(CultureInfo.InvariantCulture, $"{roots.Sys}/devices/system/node/node{node}/cpulist")) ?? "").Take(engine.Targets + 1)]
            : [];
    }

    private Dictionary<string, string> EnvironmentOf(EngineConfig engine)
    {
        var result = environment
            .Where(v => s_always.Contains(v.Key) || s_prefixes.Any(p => v.Key.StartsWith(p, StringComparison.Ordinal)) || engine.PassedVariables.Contains(v.Key))
            .ToDictionary(StringComparer.Ordinal);
        foreach (string variable in engine.Variables)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            result[variable[..equals]] = variable[(equals + 1)..];
        }

        return result;
    }

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
