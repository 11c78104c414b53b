namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>The vocabulary: every key, what it takes, its default and what comes of it. The manual's table is compared with it. Immutable.</summary>
internal static partial class ConfigSchema
{
    /// <summary>Every key in the manual's order. Stands first: the tables below are made of it.</summary>
    internal static IReadOnlyList<ConfigKey> All { get; } = [.. Server, .. Engine, .. Tier];

    private static readonly Dictionary<string, ConfigKey> s_byPath = All.ToDictionary(k => k.Path, StringComparer.Ordinal);
    private static readonly ILookup<string, ConfigKey> s_byParent = All.ToLookup(k => k.Parent, StringComparer.Ordinal);

    /// <summary>The key with a path, which exists.</summary>
    internal static ConfigKey Of(string path) => s_byPath[path];

    /// <summary>The keys of a section; of the file for the empty path.</summary>
    internal static IEnumerable<ConfigKey> Keys(string section) => s_byParent[section];

    private static IReadOnlyList<ConfigKey> Server =>
    [
        new("name", KeyKind.Text, "daos_server", "name of the system; fixed when the storage is formatted") { Check = KeyChecks.SystemName },
        new("mgmt_svc_replicas", KeyKind.Texts, "", "hosts with a replica of the management service, the same list on every server: an odd number; without it this host alone. HOST or HOST:PORT") { Check = KeyChecks.Host },
        new("access_points", KeyKind.Texts, "", "the former name of mgmt_svc_replicas") { Check = KeyChecks.Host, RenamedTo = "mgmt_svc_replicas" },
        new("control_metadata", KeyKind.Section, "", "where the control plane keeps what must survive a restart of the machine; required when the first tier of an engine is a RAM disk and its other tiers are not"),
        new("control_metadata.path", KeyKind.Path, "", "directory, and mount point of the device if there is one"),
        new("control_metadata.device", KeyKind.Path, "", "partition that gets an ext4 file system, mounted at the path"),
        new("port", KeyKind.Number, "10001", "port of the control plane") { Min = 1, Max = 65535, Effect = KeyEffect.Waits },
        new("control_iface", KeyKind.Text, "", "network interface of the control plane; without it all") { Effect = KeyEffect.Waits },
        new("transport_config", KeyKind.Section, "", "certificates"),
        new("transport_config.allow_insecure", KeyKind.Flag, "false", "true: tcp between engines and clients is not encrypted and nobody is asked for a certificate; for development"),
        new("transport_config.client_cert_dir", KeyKind.Path, "/etc/daos/certs/clients", "certificates of agents") { Effect = KeyEffect.Waits },
        new("transport_config.ca_cert", KeyKind.Path, "/etc/daos/certs/daosCA.crt", "authority that certificates must come from"),
        new("transport_config.cert", KeyKind.Path, "/etc/daos/certs/server.crt", "certificate of this server and its engines"),
        new("transport_config.key", KeyKind.Path, "/etc/daos/certs/server.key", "its private key, readable by its owner only"),
        new("fault_path", KeyKind.Text, "", "fault domain of this host, such as /rack1/host3; without it /HOSTNAME") { Check = KeyChecks.FaultPath, Effect = KeyEffect.Waits },
        new("fault_cb", KeyKind.Path, "", "program that prints the fault domain") { Effect = KeyEffect.Waits },
        new("provider", KeyKind.Choice, "", "how engines are reached over the network; required with engines, here or in each of them") { Choices = Providers.Names },
        new("secondary_provider", KeyKind.Choice, "", "a second way to reach the same engines; the ports follow those of the first") { Choices = Providers.Names },
        new("crt_timeout", KeyKind.Duration, "30", "the longest time of one request; told to clients") { Min = 1, Max = 3600, Effect = KeyEffect.Waits },
        new("disable_srx", KeyKind.Flag, "false", "shared receive contexts of the fabric are not used here") { Effect = KeyEffect.Ignored },
        new("fabric_auth_key", KeyKind.Text, "", "key of the fabric") { Effect = KeyEffect.Waits },
        new("core_dump_filter", KeyKind.Number, "0x33", "which memory of an engine a core file contains; see core(5)") { Max = 0x1FF },
        new("bdev_exclude", KeyKind.Devices, "", "devices that are never used: config generate passes them over, and an engine that names one is an error"),
        new("disable_vfio", KeyKind.Flag, "false", "there is no user-space driver: devices are reached through the kernel") { Effect = KeyEffect.Ignored },
        new("disable_vmd", KeyKind.Flag, "false", "there is no user-space driver: devices are reached through the kernel") { Effect = KeyEffect.Ignored },
        new("disable_hotplug", KeyKind.Flag, "false", "there is no user-space driver: devices are reached through the kernel") { Effect = KeyEffect.Ignored },
        new("hyperthreads", KeyKind.Flag, "false", "DAOS does not support it either; first_core and pinned_numa_node choose cores") { Effect = KeyEffect.Ignored },
        new("socket_dir", KeyKind.Path, "/var/run/daos_server", "directory of the sockets, and of what daos_server writes for its engines"),
        new("nr_hugepages", KeyKind.Number, "0", "no huge pages are needed") { Max = 1L << 32, Effect = KeyEffect.Ignored },
        new("disable_hugepages", KeyKind.Flag, "false", "no huge pages are needed") { Effect = KeyEffect.Ignored },
        new("allow_numa_imbalance", KeyKind.Flag, "false", "no huge pages are needed, so nothing is divided among NUMA nodes") { Effect = KeyEffect.Ignored },
        new("allow_thp", KeyKind.Flag, "false", "transparent huge pages do no harm here") { Effect = KeyEffect.Ignored },
        new("kernel_config_path", KeyKind.Path, "", "what the kernel can do is tried, not read") { Effect = KeyEffect.Ignored },
        new("system_ram_reserved", KeyKind.Size, "64GiB", "memory that is left to the system when the size of a RAM disk is calculated; at most half of what is available") { Min = Units.GiB, Max = Limits.SizeBytesMax },
        new("control_log_mask", KeyKind.Choice, "INFO", "the least important lines that daos_server logs") { Choices = ["DISABLED", "TRACE", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR"] },
        new("control_log_file", KeyKind.Path, "", "file that log lines are added to; without it standard error"),
        new("control_log_json", KeyKind.Flag, "false", "log lines are JSON objects instead of words and key=value"),
        new("helper_log_file", KeyKind.Path, "", "there is no privileged helper: daos_server itself mounts when it runs as root") { Effect = KeyEffect.Ignored },
        new("telemetry_port", KeyKind.Number, "", "port of the metrics") { Min = 1, Max = 65535, Effect = KeyEffect.Waits },
        new("disable_engine_auto_restart", KeyKind.Flag, "false", "true: an engine that died stays down until somebody starts it"),
        new("engine_auto_restart_min_delay", KeyKind.Duration, "300", "the least time between two restarts of one engine; a death before that is put off until then, once") { Max = Limits.SecondsMax },
        new("client_env_vars", KeyKind.Variables, "", "environment that agents tell clients") { Effect = KeyEffect.Waits },
        new("support_config", KeyKind.Section, "", "what support collect-log does"),
        new("support_config.file_transfer_exec", KeyKind.Path, "", "program that is run with the archive's path when support collect-log has made it"),
        new("engines", KeyKind.Sections, "", "the engines of this host"),
        new("servers", KeyKind.Sections, "", "the former name of engines") { RenamedTo = "engines" },
    ];
}
