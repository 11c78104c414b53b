namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Makes the typed configuration of a file without errors. Pure functions.</summary>
internal static class ConfigTyping
{
    internal static ServerConfig Server(ConfigSection file) => new()
    {
        Name = file.Text("name")!,
        Replicas = file.List("mgmt_svc_replicas"),
        MetadataPath = file.Section("control_metadata").Text("path") ?? "",
        MetadataDevice = file.Section("control_metadata").Text("device") ?? "",
        Port = (int)file.Number("port")!.Value,
        AllowsInsecure = file.Section("transport_config").Flag("allow_insecure"),
        Certificates = Certificates(file.Section("transport_config")),
        SocketDirectory = file.Text("socket_dir")!,
        CoreDumpFilter = file.IsGiven("core_dump_filter") ? file.Number("core_dump_filter") : null,
        ReservedRamBytes = file.Number("system_ram_reserved")!.Value,
        ExcludedDevices = file.List("bdev_exclude"),
        LogMask = file.Text("control_log_mask")!,
        LogFile = file.Text("control_log_file") ?? "",
        LogJson = file.Flag("control_log_json"),
        RestartsEngines = !file.Flag("disable_engine_auto_restart"),
        RestartDelay = TimeSpan.FromSeconds(file.Number("engine_auto_restart_min_delay")!.Value),
        TransferProgram = file.Section("support_config").Text("file_transfer_exec") ?? "",
        Engines = [.. file.Sections("engines").Select((e, i) => Engine(file, e, i))],
    };

    /// <summary>The providers of an engine, the primary first: its own, or those of all.</summary>
    internal static IReadOnlyList<string> ProvidersOf(ConfigSection file, ConfigSection engine) =>
        [.. new[] { engine.Text("provider") ?? file.Text("provider"), file.Text("secondary_provider") }.OfType<string>()];

    /// <summary>What a tier lies on; null when the file does not say it well.</summary>
    internal static TierClass? ClassOf(ConfigSection tier) =>
        tier.Text("class") is { } name ? Enum.Parse<TierClass>(name, ignoreCase: true) : null;

    private static (string Ca, string Certificate, string Key) Certificates(ConfigSection section) =>
        (section.Text("ca_cert")!, section.Text("cert")!, section.Text("key")!);

    private static EngineConfig Engine(ConfigSection file, ConfigSection engine, int index)
    {
        ConfigSection faulty = engine.Section("bdev_auto_faulty");
        IReadOnlyList<ConfigSection> tiers = engine.Sections("storage");
        return new EngineConfig
        {
            Index = index,
            Targets = (int)engine.Number("targets")!.Value,
            NumaNode = (int?)engine.Number("pinned_numa_node"),
            FirstCore = (int?)engine.Number("first_core"),
            Providers = ProvidersOf(file, engine),
            Interface = engine.Text("fabric_iface") ?? "",
            Port = (int)engine.Number("fabric_iface_port")!.Value,
            Modules = engine.List("modules"),
            LogFile = engine.Text("log_file") ?? "",
            Variables = engine.List("env_vars"),
            PassedVariables = engine.List("env_pass_through"),
            AutoFaulty = faulty.Flag("enable"),
            MaxIoErrors = faulty.Number("max_io_errs")!.Value,
            MaxChecksumErrors = faulty.Number("max_csum_errs")!.Value,
            Scm = Tier(tiers[0]),
            Tiers = [.. tiers.Skip(1).Select(Tier)],
        };
    }

    private static TierConfig Tier(ConfigSection tier) => new()
    {
        Class = ClassOf(tier)!.Value,
        Mount = tier.Text("scm_mount") ?? "",
        Device = tier.List("scm_list").Concat(tier.List("bdev_list")).FirstOrDefault() ?? "",
        SizeBytes = tier.Number("scm_size") ?? tier.Number("bdev_size"),
        HugePages = !tier.Flag("scm_hugepages_disabled"),
        Roles = tier.List("bdev_roles"),
    };
}
