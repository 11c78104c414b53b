namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Rules between keys: what contradicts what, what needs what. One thread.</summary>
internal sealed class ConfigRules(ConfigSection file, ConfigProblems problems)
{
    internal void Check()
    {
        CheckReplicas();
        CheckMetadata();
        Exclusive(file, "fault_path", "fault_cb", "the path is either written or printed by the program");
        if (file.Flag("disable_engine_auto_restart") && file.IsGiven("engine_auto_restart_min_delay"))
        {
            problems.Warn(NodeOf(file, "engine_auto_restart_min_delay"), "'engine_auto_restart_min_delay' has no effect: 'disable_engine_auto_restart' is true");
        }

        if (file.Text("secondary_provider") is { } second && second == file.Text("provider"))
        {
            problems.Error(NodeOf(file, "secondary_provider"), "'secondary_provider' is the provider once more; leave it out or name another");
        }

        IReadOnlyList<ConfigSection> engines = file.Sections("engines");
        if (engines.Count > Limits.EnginesMax)
        {
            problems.Error(engines[Limits.EnginesMax].Node, $"there are {engines.Count} engines; a host has at most {Limits.EnginesMax}");
            return;
        }

        // What is no map at all has been told already.
        foreach (ConfigSection engine in engines.Where(static e => e.Node.Entries is not null || e.Node.IsAbsent))
        {
            CheckEngine(engine);
            new StorageRules(file, engine, problems).Check();
        }

        new SharingRules(file, problems).Check();
    }

    private void CheckReplicas()
    {
        string[] replicas = file.List("mgmt_svc_replicas");
        if (replicas.Length > Limits.ReplicasMax)
        {
            problems.Error(NodeOf(file, "mgmt_svc_replicas"), $"'mgmt_svc_replicas' names {replicas.Length} hosts; at most {Limits.ReplicasMax}, usually 3 or 5");
        }
        else if (replicas.Length > 0 && replicas.Length % 2 == 0)
        {
            problems.Error(NodeOf(file, "mgmt_svc_replicas"), $"'mgmt_svc_replicas' names {replicas.Length} hosts; it must be an odd number (1, 3 or 5), so that a majority remains when one is lost");
        }
    }

    private void CheckMetadata()
    {
        ConfigSection metadata = file.Section("control_metadata");
        if (metadata.IsGiven("device") && !metadata.IsGiven("path"))
        {
            problems.Error(NodeOf(metadata, "device"), "'control_metadata' has a 'device' and no 'path'; add the directory where it is mounted");
        }
    }

    private void CheckEngine(ConfigSection engine)
    {
        Exclusive(engine, "pinned_numa_node", "first_core", "each chooses the cores");
        IReadOnlyList<string> providers = ConfigTyping.ProvidersOf(file, engine);
        // A provider that was given badly has been told already.
        if (providers.Count == 0 && !HasKey(file, "provider") && !HasKey(engine, "provider"))
        {
            problems.Error(engine.Node, "this engine has no 'provider'; set it for all engines at the file's first level, such as provider: tcp. 'daos_server network scan' lists what this host has");
        }

        bool needsInterface = providers.Any(Providers.IsNetwork);
        if (needsInterface && !HasKey(engine, "fabric_iface"))
        {
            problems.Error(engine.Node, $"the provider {Words.And([.. providers.Where(Providers.IsNetwork)])} needs a 'fabric_iface'; 'daos_server network scan' lists them");
        }
        else if (providers.Count > 0 && !needsInterface && engine.IsGiven("fabric_iface"))
        {
            problems.Error(NodeOf(engine, "fabric_iface"), $"'fabric_iface' contradicts the provider {Words.And(providers)}, which stays on this host; leave one out");
        }

        long last = (engine.Number("fabric_iface_port") ?? 1) + (providers.Count(Providers.IsNetwork) * ((engine.Number("targets") ?? 1) + 2)) - 1;
        if (needsInterface && last > 65535)
        {
            problems.Error(NodeOf(engine, "fabric_iface_port"), $"'fabric_iface_port' leaves no room: with its targets the engine takes ports up to {last}, and 65535 is the highest");
        }
    }

    private void Exclusive(ConfigSection section, string first, string second, string why)
    {
        if (section.IsGiven(first) && section.IsGiven(second))
        {
            problems.Error(NodeOf(section, second), $"'{second}' contradicts '{first}': {why}; keep one");
        }
    }

    private static ConfigNode NodeOf(ConfigSection section, string name) => section.Value(name).Node;

    // Also when its value was refused.
    private static bool HasKey(ConfigSection section, string name) =>
        section.IsGiven(name) || section.Node.Entries?.Any(e => e.Key.Text == name && !e.Value.IsAbsent) == true;
}
