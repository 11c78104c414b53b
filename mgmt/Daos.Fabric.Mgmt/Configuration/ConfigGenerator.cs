using System.Text;
using Daos.Fabric.Mgmt.Hardware;

namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Writes a configuration for what a machine has. Pure functions.</summary>
internal static class ConfigGenerator
{
    /// <summary>The file's text, which <c>config check</c> accepts; null with a sentence when the machine lacks what was wished.</summary>
    internal static string? Generate(ConfigWish wish, Machine machine, out string? problem)
    {
        NetworkInterface[] interfaces = Interfaces(wish, machine);
        bool isNetwork = Providers.IsNetwork(wish.Provider);
        problem = Problem(wish, interfaces, isNetwork);
        if (problem is not null)
        {
            return null;
        }

        int count = wish.Engines > 0 ? wish.Engines : Math.Max(1, interfaces.Select(static i => i.NumaNode).Distinct().Count());
        int targets = wish.Targets > 0 ? wish.Targets : Math.Clamp((machine.Cores - 1) / count, 1, 16);
        BlockDevice[] free = wish.UsesDevices ? [.. machine.Devices.Where(static d => d.IsFree && !d.IsLoop).OrderBy(static d => d.IsRotational).ThenBy(static d => d.Path, StringComparer.Ordinal)] : [];
        var text = new StringBuilder();
        WriteHead(text, wish);
        text.Append("engines:\n");
        for (int engine = 0; engine < count; engine++)
        {
            NetworkInterface? network = isNetwork ? interfaces[engine % interfaces.Length] : null;
            WriteEngine(text, wish, machine, engine, targets, network);
            WriteTiers(text, wish, engine, [.. free.Where((_, i) => i % count == engine).Take(3)]);
        }

        // The same rules that read it say whether it is good.
        ConfigFile check = ConfigFile.Parse("the generated file", text.ToString());
        problem = check.Problems.HasErrors ? $"what was asked for does not fit together: {check.Problems.All.First(static p => p.IsError).Sentence}" : null;
        return problem is null ? text.ToString() : null;
    }

    private static NetworkInterface[] Interfaces(ConfigWish wish, Machine machine)
    {
        NetworkInterface[] usable = [.. machine.Interfaces.Where(i => i.IsUp && i.Addresses.Count > 0 && i.Providers.Contains(Providers.Scheme(wish.Provider)))];
        NetworkInterface[] OfClass(string name) => [.. usable.Where(i => i.Class == name)];
        return wish.NetClass != "best-available" ? OfClass(wish.NetClass)
            : OfClass("infiniband") is { Length: > 0 } fast ? fast
            : OfClass("ethernet") is { Length: > 0 } usual ? usual
            : OfClass("loopback");
    }

    private static string? Problem(ConfigWish wish, NetworkInterface[] interfaces, bool isNetwork) =>
        isNetwork && interfaces.Length == 0 ? $"no interface of class {wish.NetClass} is up, has an address and the provider {wish.Provider}; 'daos_server network scan' shows what there is"
        : wish.Engines is < 0 or > Limits.EnginesMax ? $"--num-engines takes 1 to {Limits.EnginesMax}, not {wish.Engines}"
        : wish.Targets is < 0 or > Limits.TargetsMax ? $"--targets takes 1 to {Limits.TargetsMax}, not {wish.Targets}"
        : null;

    private static void WriteHead(StringBuilder text, ConfigWish wish)
    {
        text.Append("# Written by 'daos_server config generate'. The manual has all keys and their defaults.\n");
        text.Append("name: daos_server\n");
        text.Append($"mgmt_svc_replicas: [{string.Join(", ", wish.Replicas.Select(Quote))}]\n");
        text.Append("port: 10001\n");
        text.Append(wish.IsInsecure
            ? "# For development: no encryption, no certificates.\ntransport_config: {allow_insecure: true}\n"
            : "transport_config:\n  allow_insecure: false\n  ca_cert: /etc/daos/certs/daosCA.crt\n  cert: /etc/daos/certs/server.crt\n  key: /etc/daos/certs/server.key\n");
        text.Append($"provider: {wish.Provider}\n");
        text.Append("control_log_mask: INFO\n");
        if (wish.MetadataPath.Length > 0)
        {
            text.Append($"control_metadata: {{path: {Quote(wish.MetadataPath)}}}\n");
        }
    }

    private static void WriteEngine(StringBuilder text, ConfigWish wish, Machine machine, int engine, int targets, NetworkInterface? network)
    {
        text.Append(CultureInfo.InvariantCulture, $"  - targets: {targets}\n");
        if (network is not null)
        {
            text.Append($"    fabric_iface: {Quote(network.Name)}\n");
            text.Append(CultureInfo.InvariantCulture, $"    fabric_iface_port: {wish.Port + (engine * 1000)}\n");
        }

        if (network is { NumaNode: >= 0 } && machine.NumaNodes > 1)
        {
            text.Append(CultureInfo.InvariantCulture, $"    pinned_numa_node: {network.NumaNode}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"    log_file: /var/log/daos/daos_engine.{engine}.log\n");
    }

    private static void WriteTiers(StringBuilder text, ConfigWish wish, int engine, BlockDevice[] devices)
    {
        text.Append("    storage:\n");
        text.Append(wish.UsesRam
            ? string.Create(CultureInfo.InvariantCulture, $"      - class: ram\n        scm_mount: /mnt/daos{engine}\n")
            : string.Create(CultureInfo.InvariantCulture, $"      - class: dir\n        scm_mount: /var/lib/daos/engine{engine}\n"));
        foreach (BlockDevice device in devices)
        {
            text.Append($"      # {Units.About(device.SizeBytes)}{(device.Model.Length > 0 ? $", {ConfigText.Quote(device.Model)}" : "")}\n");
            text.Append($"      - class: kdev\n        bdev_list: [{Quote(device.Path)}]\n");
        }
    }

    // Single quotes: nothing is special between them but the quote.
    private static string Quote(string text) =>
        text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-') && text.Any(char.IsAsciiLetter) ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
