using Daos.Fabric.Mgmt.Configuration;

namespace Daos.Fabric.Mgmt.Tests.Configuration;

/// <summary>Every sentence about a wrong configuration, word by word, with its place.</summary>
public sealed class ConfigMessageTests
{
    private const string Head = "provider: tcp\n";
    private const string Engine = "engines:\n- fabric_iface: lo\n  storage: [{class: dir, scm_mount: /d}]\n";

    [Theory]
    [InlineData("nam: x", "1:1: unknown key 'nam' in the file; did you mean 'name'? 'daos_server config show' prints all keys")]
    [InlineData("scm_mount: /x", "1:1: unknown key 'scm_mount' in the file; it belongs into a tier of an engine's 'storage'; 'daos_server config show' prints all keys")]
    [InlineData("targets: 3", "1:1: unknown key 'targets' in the file; it belongs into an engine of 'engines'; 'daos_server config show' prints all keys")]
    [InlineData("ca_cert: /x", "1:1: unknown key 'ca_cert' in the file; it belongs into 'transport_config'; 'daos_server config show' prints all keys")]
    [InlineData("transport_config: {port: 3}", "1:20: unknown key 'port' in 'transport_config'; it belongs into the file's first level; allowed are allow_insecure, client_cert_dir, ca_cert, cert and key")]
    [InlineData("transport_config: {cret: 3}", "1:20: unknown key 'cret' in 'transport_config'; did you mean 'cert'? Allowed are allow_insecure, client_cert_dir, ca_cert, cert and key")]
    [InlineData("port: 0", "1:7: 'port' must be a number from 1 to 65535, not '0'")]
    [InlineData("port: 10 001", "1:7: 'port' must be a number from 1 to 65535, not '10 001'")]
    [InlineData("port: [1]", "1:7: 'port' must be a number from 1 to 65535, not a list")]
    [InlineData("port: {a: 1}", "1:7: 'port' must be a number from 1 to 65535, not a map of keys and values")]
    [InlineData("port: 1\nport: 2", "2:1: the key 'port' stands here a second time; the first is at line 1; keep one")]
    [InlineData("? [a, b]\n: c", "1:3: a key must be a plain word")]
    [InlineData("name: 1up", "1:7: 'name' must be 1 to 15 letters, digits, '_', '-' and '.', beginning with a letter, not '1up'")]
    [InlineData("name: ''", "1:7: 'name' must not be empty")]
    [InlineData("name: \"a\\tb\"", "1:7: 'name' must not contain control characters")]
    [InlineData("control_log_json: yes", "1:19: 'control_log_json' must be true or false, not 'yes'")]
    [InlineData("control_log_mask: INFOO", "1:19: 'control_log_mask' must be DISABLED, TRACE, DEBUG, INFO, NOTICE, WARNING or ERROR, not 'INFOO'; did you mean 'INFO'?")]
    [InlineData("control_log_file: log", "1:19: 'control_log_file' must be an absolute path without '..', not 'log'")]
    [InlineData("control_log_file: /a/../b", "1:19: 'control_log_file' must be an absolute path without '..', not '/a/../b'")]
    [InlineData("core_dump_filter: 0x200", "1:19: 'core_dump_filter' must be a number from 0 to 511, not '0x200'")]
    [InlineData("system_ram_reserved: 5GB", "1:22: 'system_ram_reserved' must be a size from 1GiB to 1024TiB: '5GB' has the unit 'GB'; allowed are KiB, MiB, GiB or TiB, or none for GiB")]
    [InlineData("system_ram_reserved: 5MiB", "1:22: 'system_ram_reserved' must be a size from 1GiB to 1024TiB, not '5MiB'")]
    [InlineData("system_ram_reserved: many", "1:22: 'system_ram_reserved' must be a size from 1GiB to 1024TiB: 'many' is no whole number")]
    [InlineData("system_ram_reserved: 99999999999999999999", "1:22: 'system_ram_reserved' must be a size from 1GiB to 1024TiB: '99999999999999999999' is too large")]
    [InlineData("engine_auto_restart_min_delay: 5 min", "1:32: 'engine_auto_restart_min_delay' must be a time from 0s to 720h: '5 min' has the unit 'min'; allowed are s, m or h, or none for seconds")]
    [InlineData("mgmt_svc_replicas: [a, b]", "1:20: 'mgmt_svc_replicas' names 2 hosts; it must be an odd number (1, 3 or 5), so that a majority remains when one is lost")]
    [InlineData("mgmt_svc_replicas: [a, b, c, d, e, f, g, h, i, j, k]", "1:20: 'mgmt_svc_replicas' names 11 hosts; at most 9, usually 3 or 5")]
    [InlineData("mgmt_svc_replicas: [a, b, a]", "1:27: 'a' stands in 'mgmt_svc_replicas' twice")]
    [InlineData("mgmt_svc_replicas: ['a b']", "1:21: 'mgmt_svc_replicas' must be HOST or HOST:PORT, the host a name or an address (IPv6 in brackets), not 'a b'")]
    [InlineData("mgmt_svc_replicas: ['a:70000']", "1:21: 'mgmt_svc_replicas' must have a port from 1 to 65535, not 'a:70000'")]
    [InlineData("mgmt_svc_replicas: [[a]]", "1:21: an item of 'mgmt_svc_replicas' must be a text, not a list")]
    [InlineData("mgmt_svc_replicas: {a: b}", "1:20: 'mgmt_svc_replicas' must be a list of texts, not a map of keys and values")]
    [InlineData("mgmt_svc_replicas: [a]\naccess_points: [a]", "2:1: 'access_points' and 'mgmt_svc_replicas' are two names of one key; keep 'mgmt_svc_replicas'\n2:1: 'access_points' is now called 'mgmt_svc_replicas'; it still works")]
    [InlineData("client_env_vars: [FOO]", "1:19: 'client_env_vars' takes NAME=VALUE, not 'FOO'")]
    [InlineData("bdev_exclude: [sdb]", "1:16: 'bdev_exclude' takes absolute paths and PCI addresses such as 0000:81:00.0, not 'sdb'")]
    [InlineData("fault_path: rack", "1:13: 'fault_path' must be names after slashes, such as /rack1/host3, at most 8 of them, not 'rack'")]
    [InlineData("fault_path: /a\nfault_cb: /b", "2:11: 'fault_cb' contradicts 'fault_path': the path is either written or printed by the program; keep one")]
    [InlineData("control_metadata: {device: /dev/sdb}", "1:28: 'control_metadata' has a 'device' and no 'path'; add the directory where it is mounted")]
    [InlineData("control_metadata: /x", "1:19: 'control_metadata' must be a map of keys and values, not '/x'")]
    [InlineData("engines: 3", "1:10: 'engines' must be a list, each item beginning with '-', not '3'")]
    [InlineData("engines: [3]", "1:11: an engine must be a map of keys and values, not '3'")]
    [InlineData("[1, 2]", "1:1: the file must be a map of keys and values, not a list")]
    [InlineData("engines: [{storage: [{class: dir, scm_mount: /d}]}]", "1:11: this engine has no 'provider'; set it for all engines at the file's first level, such as provider: tcp. 'daos_server network scan' lists what this host has")]
    [InlineData("provider: tpc", "1:11: 'provider' must be tcp, ofi+tcp, ofi+tcp;ofi_rxm, ofi+verbs, ofi+verbs;ofi_rxm, ofi+shm, unix or shm, not 'tpc'; did you mean 'tcp'?")]
    [InlineData("provider: tcp\nsecondary_provider: tcp", "2:21: 'secondary_provider' is the provider once more; leave it out or name another")]
    [InlineData(Head + "engines: [{storage: [{class: dir, scm_mount: /d}]}]", "2:11: the provider tcp needs a 'fabric_iface'; 'daos_server network scan' lists them")]
    [InlineData("provider: unix\nengines: [{fabric_iface: lo, storage: [{class: dir, scm_mount: /d}]}]", "2:26: 'fabric_iface' contradicts the provider unix, which stays on this host; leave one out")]
    [InlineData(Head + Engine + "  fabric_iface_port: 65534", "5:22: 'fabric_iface_port' leaves no room: with its targets the engine takes ports up to 65536, and 65535 is the highest")]
    [InlineData(Head + Engine + "  fabric_iface_port: 10000", "5:22: this engine's ports 10000-10002 include 10001, which is 'port'; move one")]
    [InlineData(Head + Engine + "- fabric_iface: lo\n  fabric_iface_port: 31318\n  storage: [{class: dir, scm_mount: /e}]", "6:22: this engine's ports 31318-31320 on lo overlap 31316-31318 of the engine of line 3; 'fabric_iface_port' 31319 is free of them")]
    [InlineData(Head + Engine + "  pinned_numa_node: 0\n  first_core: 1", "6:15: 'first_core' contradicts 'pinned_numa_node': each chooses the cores; keep one")]
    [InlineData(Head + Engine + "  fabric_iface_port: 0\n  targets: 127", "5:22: 'fabric_iface_port' must be a number from 1 to 65535, not '0'\n6:12: 'targets' must be a number from 1 to 126, not '127'")]
    [InlineData(Head + "engines:\n- fabric_iface: a/b\n  storage: [{class: dir, scm_mount: /d}]\n", "3:17: 'fabric_iface' must be the name of a network interface, at most 15 characters without '/' and spaces, not 'a/b'")]
    public void Value_ThatIsWrong_IsToldWithItsPlace(string text, string expected) => Assert.Equal(expected, Told(text));

    [Theory]
    [InlineData("", "3:3: this engine has no 'storage'; add a tier such as - {class: dir, scm_mount: /var/lib/daos/engine0}")]
    [InlineData("storage: [{scm_mount: /d}]", "4:13: the first tier has no 'class'; it is dir, ram or dcpm")]
    [InlineData("storage: [{class: kdev}]", "4:21: 'class' of the first tier must be dir, ram or dcpm, not 'kdev'")]
    [InlineData("storage: [{class: drr, scm_mount: /d}]", "4:21: 'class' must be dir, ram, dcpm, file, kdev or nvme, not 'drr'; did you mean 'dir'?")]
    [InlineData("storage: [{class: dir}]", "4:13: a tier of class dir needs 'scm_mount': the directory of the first tier")]
    [InlineData("storage: [{class: dir, scm_mount: /d, scm_size: 1GiB}]", "4:51: 'scm_size' contradicts class dir: it is for class ram")]
    [InlineData("storage: [{class: ram, scm_mount: /d, scm_size: 1MiB}]", "4:51: 'scm_size' must be a size from 64MiB to 1024TiB, not '1MiB'\n4:21: everything lies on a RAM disk: a restart of the machine loses all pools")]
    [InlineData("storage: [{class: dir, scm_mount: /d, bdev_roles: [wal]}]", "4:53: 'bdev_roles' belongs to further tiers")]
    [InlineData("storage: [{class: dcpm, scm_mount: /d}]", "4:13: a tier of class dcpm needs 'scm_list': the device of class dcpm, such as [/dev/pmem0]")]
    [InlineData("storage: [{class: dcpm, scm_mount: /d, scm_list: [/dev/a, /dev/b]}]", "4:52: 'scm_list' has 2 items; a tier lies on one, so put several devices together with md or LVM, or use further tiers")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: ram}]", "4:50: 'class' of a further tier must be dir, file, kdev or nvme, not 'ram'")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: kdev}]", "4:42: a tier of class kdev needs 'bdev_list': what the tier lies on")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: kdev, bdev_list: /dev/a, scm_mount: /e}]", "4:86: 'scm_mount' belongs to the first tier")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: nvme, bdev_list: /dev/a}]", "4:67: 'bdev_list' of class nvme takes a PCI address such as 0000:81:00.0, not '/dev/a'; for a path use class kdev")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: kdev, bdev_list: '0000:81:00.0'}]", "4:67: 'bdev_list' of class kdev takes an absolute path, not '0000:81:00.0'; for a PCI address use class nvme")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: file, bdev_list: /f}]", "4:42: a tier of class file needs 'bdev_size': the size of the file, such as 16GiB")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: kdev, bdev_list: /dev/x}]", "4:67: '/dev/x' stands in 'bdev_exclude' (line 5) and is used here; leave one out", "bdev_exclude: [/dev/x]")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: dir, bdev_list: /a, bdev_roles: [wal, meta]}, {class: dir, bdev_list: /b}]", "4:96: this tier has no 'bdev_roles' and another one has; name the roles of all tiers or of none")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: dir, bdev_list: /a, bdev_roles: [wal, meta]}]", "4:82: the role data lies on 0 tiers; each of wal, meta and data lies on one")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: dir, bdev_list: /a, bdev_roles: [wal, data]}, {class: dir, bdev_list: /b, bdev_roles: meta}]", "4:82: 'bdev_roles' puts wal and data on a tier without meta; put meta there too, or one of them elsewhere")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: dir, bdev_list: /a, bdev_roles: [log]}]", "4:83: 'bdev_roles' must be a list of wal, meta or data, not 'log'; did you mean 'wal'?")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: dir, bdev_list: /a}, {class: dir, bdev_list: /a}]", "4:95: 'bdev_list' has /a, which line 4 has too; each engine and tier needs its own")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: dir, bdev_list: /d/e}]", "4:66: /d/e lies below /d of line 4; give each a directory of its own, side by side")]
    [InlineData("storage: [{class: dir, scm_mount: /d}, {class: dir, bdev_list: /1}, {class: dir, bdev_list: /2}, {class: dir, bdev_list: /3}, {class: dir, bdev_list: /4}]", "4:129: there are 4 tiers for log, metadata and data; the three roles lie on at most 3")]
    [InlineData("storage: [{class: ram, scm_mount: /d}, {class: kdev, bdev_list: /dev/x}]", "4:21: the first tier is a RAM disk and others are not: without 'control_metadata' a restart of the machine loses what the engine needs to find its pools; add control_metadata: {path: DIRECTORY}")]
    public void Tier_ThatIsWrong_IsToldWithItsPlace(string storage, string expected, string end = "") =>
        Assert.Equal(expected, Told($"{Head}engines:\n- fabric_iface: lo\n  {storage}\n{end}"));

    [Theory]
    [InlineData("nr_hugepages: 4096", "1:1: warning: 'nr_hugepages' has no effect: no huge pages are needed")]
    [InlineData("access_points: [a]", "1:1: warning: 'access_points' is now called 'mgmt_svc_replicas'; it still works")]
    [InlineData("disable_engine_auto_restart: true\nengine_auto_restart_min_delay: 5", "2:32: warning: 'engine_auto_restart_min_delay' has no effect: 'disable_engine_auto_restart' is true")]
    public void Value_ThatWorksOtherwiseThanMeant_IsAWarning(string text, string expected)
    {
        ConfigFile file = ConfigFile.Parse("f", text);
        Assert.False(file.Problems.HasErrors);
        Assert.NotNull(file.Config);
        Assert.Equal($"f:{expected}", Assert.Single(file.Problems.Lines("f")));
    }

    [Theory]
    [InlineData("a: [", "2:1: this is no YAML: ")]
    [InlineData("name: 'x", "1:7: this is no YAML: ")]
    [InlineData("name: a\n---\nname: b", "2:1: the file holds a second document; put everything into one")]
    [InlineData("name: &x daos\n", "1:7: anchors and aliases (&name, *name) are not accepted; write the value out")]
    [InlineData("name: *x\n", "1:7: anchors and aliases (&name, *name) are not accepted; write the value out")]
    public void File_ThatIsNoConfiguration_IsToldWithItsPlace(string text, string expected)
    {
        ConfigFile file = ConfigFile.Parse("f", text);
        Assert.Null(file.Config);
        Assert.StartsWith($"f:{expected}", Assert.Single(file.Problems.Lines("f")), StringComparison.Ordinal);
    }

    private static string Told(string text)
    {
        ConfigFile file = ConfigFile.Parse("f", text);
        Assert.Null(file.Config);
        Assert.True(file.Problems.HasErrors);
        // In the order of the file, without its name; warnings beside errors without their word.
        return string.Join('\n', file.Problems.All.OrderByDescending(static p => p.IsError).Select(static p => p.Format("f").Replace("f:", "", StringComparison.Ordinal).Replace("warning: ", "", StringComparison.Ordinal)));
    }
}
