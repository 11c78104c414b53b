namespace Daos.Fabric.Mgmt.Configuration;

/// <content>Keys of an engine and of its storage tiers.</content>
internal static partial class ConfigSchema
{
    private static IReadOnlyList<ConfigKey> Engine =>
    [
        new("engines[].targets", KeyKind.Number, "1", "independent stores, each with a thread of its own; fixed when the storage is formatted") { Min = 1, Max = Limits.TargetsMax },
        new("engines[].nr_xs_helpers", KeyKind.Number, "0", "helper threads; an engine has none yet") { Max = 255, Effect = KeyEffect.Waits },
        new("engines[].pinned_numa_node", KeyKind.Number, "", "threads run on the cores of this NUMA node; not together with first_core") { Max = Limits.CoreMax },
        new("engines[].first_core", KeyKind.Number, "", "threads run on this core and those after it; not together with pinned_numa_node") { Max = Limits.CoreMax },
        new("engines[].provider", KeyKind.Choice, "", "instead of the provider of all engines") { Choices = Providers.Names },
        new("engines[].fabric_iface", KeyKind.Text, "", "network interface; required with tcp and the ofi providers of a network") { Check = KeyChecks.Interface },
        new("engines[].fabric_iface_port", KeyKind.Number, "31316", "first of the engine's ports: it takes one for each target and two more. Different for engines on one interface") { Min = 1, Max = 65535 },
        new("engines[].modules", KeyKind.Texts, "", "further modules: paths of assemblies, or names of assemblies next to daos_engine"),
        new("engines[].log_mask", KeyKind.Text, "ERR", "the least important lines of the engine; an engine has no levels yet and says little") { Effect = KeyEffect.Waits },
        new("engines[].log_file", KeyKind.Path, "", "file that the engine's lines are added to; without it they stand among those of daos_server"),
        new("engines[].env_vars", KeyKind.Variables, "", "environment of the engine, added to what it gets anyway"),
        new("engines[].env_pass_through", KeyKind.Texts, "", "further variables of daos_server's own environment that the engine gets, besides the few that it always gets"),
        new("engines[].bypass_health_chk", KeyKind.Flag, "false", "devices are not asked for their health") { Effect = KeyEffect.Ignored },
        new("engines[].bdev_auto_faulty", KeyKind.Section, "", "when a device is set faulty by itself"),
        new("engines[].bdev_auto_faulty.enable", KeyKind.Flag, "true", "false: never"),
        new("engines[].bdev_auto_faulty.max_io_errs", KeyKind.Number, "10", "after more failed reads and writes than this") { Max = uint.MaxValue },
        new("engines[].bdev_auto_faulty.max_csum_errs", KeyKind.Number, "4294967295", "after more checksum errors than this; the default is no limit") { Max = uint.MaxValue },
        new("engines[].storage", KeyKind.Sections, "", "tiers: first the one of class dir, ram or dcpm, then at most three of class dir, file, kdev or nvme"),
    ];

    private static IReadOnlyList<ConfigKey> Tier =>
    [
        new("engines[].storage[].class", KeyKind.Choice, "", "first tier: dir (a directory, durable where its file system is), ram (a RAM disk), dcpm (persistent memory, mounted with DAX). Others: dir, file (a file with a file system in it), kdev (a block device), nvme (PCI address of an NVMe device). dir is not DAOS's") { Choices = ["dir", "ram", "dcpm", "file", "kdev", "nvme"] },
        new("engines[].storage[].scm_mount", KeyKind.Path, "", "directory of a first tier, mount point with ram and dcpm"),
        new("engines[].storage[].scm_list", KeyKind.Devices, "", "class dcpm: the one device, such as /dev/pmem0"),
        new("engines[].storage[].scm_size", KeyKind.Size, "", "class ram: size of the RAM disk; without it from what is available and system_ram_reserved") { Min = Limits.ScmBytesMin, Max = Limits.SizeBytesMax },
        new("engines[].storage[].scm_hugepages_disabled", KeyKind.Flag, "true", "class ram: false asks for huge pages in the RAM disk"),
        new("engines[].storage[].bdev_list", KeyKind.Devices, "", "the one directory, file, device or PCI address of a further tier; several devices are put together with md or LVM first"),
        new("engines[].storage[].bdev_size", KeyKind.Size, "", "class file: size of the file") { Min = Limits.DeviceBytesMin, Max = Limits.SizeBytesMax },
        new("engines[].storage[].bdev_roles", KeyKind.Choices, "", "what lies there; all tiers name their roles or none does. Without names two tiers are [wal] and [meta, data], three are [wal], [meta] and [data]") { Choices = ["wal", "meta", "data"] },
        new("engines[].storage[].bdev_busid_range", KeyKind.Text, "", "there is no user-space driver: devices are reached through the kernel") { Effect = KeyEffect.Ignored },
    ];
}
