using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Engines;
using Daos.Fabric.Mgmt.Hardware;
using Daos.Fabric.Mgmt.Storage;
using Daos.Fabric.Mgmt.Tests.Support;

namespace Daos.Fabric.Mgmt.Tests.Engines;

/// <summary>What an engine is started with.</summary>
public sealed class EngineLaunchesTests : IDisposable
{
    private readonly Folder _folder = new();

    [Fact]
    public void Launch_SaysEverythingThatTheConfigurationSays()
    {
        EngineLaunch launch = Of("""
            provider: tcp
            secondary_provider: unix
            socket_dir: /run/x
            transport_config: {ca_cert: /c/ca, cert: /c/cert, key: /c/key}
            engines:
            - targets: 2
              fabric_iface: lo
              fabric_iface_port: 4000
              first_core: 3
              modules: [mine]
              env_vars: [A=b=c, PATH=/x]
              env_pass_through: [MINE]
              log_file: /var/log/e0
              bdev_auto_faulty: {max_io_errs: 3}
              storage:
              - {class: dir, scm_mount: /a}
              - {class: dir, bdev_list: /b, bdev_roles: [wal, meta]}
              - {class: dir, bdev_list: "/c'd", bdev_roles: [data]}
            """);
        Assert.Equal("/run/x/daos_engine.0.yml", launch.ConfigPath);
        Assert.Equal(
            """
            # Written by daos_server for this start; changes are lost.
            storage: '/a/data'
            bdev_tiers:
              - {path: '/b/data', bdev_roles: [wal, meta]}
              - {path: '/c''d/data', bdev_roles: [data]}
            targets: 2
            rank: 5
            socket_dir: '/run/x'
            instance_idx: 0
            listen: ['tcp://127.0.0.1:4000', 'unix:///run/x/daos_engine.0.sock']
            tls: {ca: '/c/ca', cert: '/c/cert', key: '/c/key'}
            cpus: [3, 4, 5]
            modules: ['mine']
            bdev_auto_faulty: {enable: true, max_io_errs: 3, max_csum_errs: 4294967295}

            """, launch.ConfigText);
        Assert.Equal(("b=c", "/x", "yes", "/home", "1"), (launch.Environment["A"], launch.Environment["PATH"], launch.Environment["MINE"], launch.Environment["HOME"], launch.Environment["DAOS_X"]));
        Assert.False(launch.Environment.ContainsKey("SECRET"));
        Assert.Equal("/var/log/e0", launch.LogFile);
    }

    [Fact]
    public void Engines_OfOneHost_KnowEachOther_AndPlainTcpIsForDevelopment()
    {
        EngineLaunch launch = Of("""
            provider: ofi+tcp
            transport_config: {allow_insecure: true}
            engines:
            - {fabric_iface: lo, fabric_iface_port: 4000, storage: [{class: dir, scm_mount: /a}]}
            - {fabric_iface: lo, fabric_iface_port: 5000, storage: [{class: dir, scm_mount: /b}]}
            """);
        Assert.Contains("ranks: ['0=ofi+tcp;ofi_rxm://127.0.0.1:4000', '1=ofi+tcp;ofi_rxm://127.0.0.1:5000']\n", launch.ConfigText, StringComparison.Ordinal);
        Assert.DoesNotContain("tls:", launch.ConfigText, StringComparison.Ordinal);
    }

    [Fact]
    public void NumaNode_GivesItsCores()
    {
        _folder.Write("sys/devices/system/node/node1/cpulist", "8-11\n");
        Directory.CreateDirectory($"{_folder.Path}/sys/class/net");
        EngineLaunch launch = Of("provider: shm\nname: sys\nengines: [{targets: 2, pinned_numa_node: 1, storage: [{class: dir, scm_mount: /a}]}]", new SystemRoots($"{_folder.Path}/sys"));
        Assert.Contains("cpus: [8, 9, 10]\n", launch.ConfigText, StringComparison.Ordinal);
        Assert.Contains("listen: ['shm://sys-engine0']\n", launch.ConfigText, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private EngineLaunch Of(string text, SystemRoots? roots = null)
    {
        ServerConfig config = Configs.Read(text);
        var variables = new Dictionary<string, string> { ["PATH"] = "/bin", ["HOME"] = "/home", ["SECRET"] = "x", ["MINE"] = "yes", ["DAOS_X"] = "1" };
        return new EngineLaunches(config, roots ?? new SystemRoots(), variables).Of(config.Engines[0], new EngineStorage(config, config.Engines[0], new FakeHost(_folder.Path)), 5);
    }
}
