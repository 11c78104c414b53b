using System.Diagnostics;
using System.Text.Json.Nodes;
using Daos.Fabric.Mgmt.Tests.Support;

namespace Daos.Fabric.Mgmt.Tests.Control;

/// <summary>The real executables: daos_server starts daos_engine, is asked by commands, and is ended by signals.</summary>
public sealed class ServerProcessTests : IDisposable
{
    private readonly Folder _folder = new();

    [Fact]
    public async Task Server_FormatsServesRestartsAndStops()
    {
        string config = _folder.Write("server.yml", Configs.Text(_folder.Path, 2, "engine_auto_restart_min_delay: 0"));
        await using (ServerRun server = ServerRun.Start(config))
        {
            await server.LineAsync("daos_server serves");
            await server.LineAsync("engine waits for its storage to be formatted", times: 2);
            JsonNode waiting = await StatusAsync(config);
            Assert.Equal("AwaitFormat", (string?)waiting["server"]!["engines"]![0]!["state"]);
            Assert.Equal("AwaitFormat", (string?)waiting["server"]!["engines"]![1]!["state"]);

            CommandRun formatted = await CommandRun.OfAsync("storage", "format", "-o", config);
            Assert.Equal("", formatted.Errors);
            Assert.StartsWith("engine 0: formatted, uuid ", formatted.Output, StringComparison.Ordinal);
            await server.LineAsync("engine serves", times: 2);
            JsonNode serving = await StatusAsync(config);
            Assert.Equal([0, 1], serving["server"]!["engines"]!.AsArray().Select(static e => (int)e!["rank"]!));
            Assert.StartsWith($"unix://{_folder.Path}/run/daos_engine.0.sock", (string?)serving["server"]!["engines"]![0]!["uris"]![0], StringComparison.Ordinal);
            Assert.Contains("Joined", (await CommandRun.OfAsync("ms", "status", "-o", config)).Output, StringComparison.Ordinal);

            CommandRun refused = await CommandRun.OfAsync("storage", "format", "--force", "-o", config);
            Assert.Equal(ExitCode.Failed, refused.ExitCode);
            Assert.Contains("engine 0: engine 0 runs (state Joined); stop it before its storage is formatted", refused.Errors, StringComparison.Ordinal);

            Assert.Contains("another daos_server uses", await ServerRun.FailAsync(config), StringComparison.Ordinal);

            using (var engine = Process.GetProcessById((int)serving["server"]!["engines"]![1]!["pid"]!))
            {
                engine.Kill();
            }

            await server.LineAsync("engine died");
            await server.LineAsync("engine serves", times: 3);
            Assert.Equal(1, (int)(await StatusAsync(config))["server"]!["engines"]![1]!["restarts"]!);
            Assert.Equal(0, await server.TerminateAsync());
        }

        // What was formatted serves again without being asked.
        await using (ServerRun again = ServerRun.Start(config))
        {
            await again.LineAsync("engine serves", times: 2);
            Assert.Equal(0, await again.TerminateAsync());
        }

        CommandRun nobody = await CommandRun.OfAsync("ms", "status", "-o", config);
        Assert.Equal(ExitCode.Failed, nobody.ExitCode);
        Assert.Contains("no daos_server of this configuration runs here", nobody.Errors, StringComparison.Ordinal);
        Assert.Contains("start it with 'daos_server start'", nobody.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Devices_AreListedTakenOutAndTakenBack()
    {
        string config = _folder.Write("server.yml", Configs.Text(_folder.Path, 2));
        await using ServerRun server = ServerRun.Start(config);
        await server.LineAsync("engine waits for its storage to be formatted", times: 2);
        CommandRun early = await CommandRun.OfAsync("storage", "query", "list-devices", "-o", config);
        Assert.Equal(ExitCode.Failed, early.ExitCode);
        Assert.Contains("engine 1 cannot be asked: it does not serve (state AwaitFormat)", early.Errors, StringComparison.Ordinal);
        await CommandRun.OfAsync("storage", "format", "-o", config);
        await server.LineAsync("engine serves", times: 2);

        string device = (string)(await DevicesAsync(config, 1))[0]!["uuid"]!;
        CommandRun run = await CommandRun.OfAsync("storage", "set", "nvme-faulty", "-u", device, "-o", config);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"the targets on device {device} would serve no more until it is replaced; nothing was done. Say --force to do it", run.Errors, StringComparison.Ordinal);
        Assert.Equal("NORMAL", (string?)(await DevicesAsync(config, 1))[0]!["state"]);

        run = await CommandRun.OfAsync("storage", "set", "nvme-faulty", "-u", device, "-f", "-o", config);
        Assert.Equal($"engine 1: device {device} is EVICTED, targets 0{Environment.NewLine}", run.Output);
        Assert.Equal(("NORMAL", "EVICTED"), ((string?)(await DevicesAsync(config, 0))[0]!["state"], (string?)(await DevicesAsync(config, 1))[0]!["state"]));
        run = await CommandRun.OfAsync("storage", "replace", "nvme", "--old-uuid", device, "-o", config);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"what device {device} held would be given up; nothing was done. Say --force to do it, or --new-uuid {device}", run.Errors, StringComparison.Ordinal);

        run = await CommandRun.OfAsync("storage", "replace", "nvme", "--old-uuid", device, "--new-uuid", device, "-o", config);
        Assert.Equal($"engine 1: device {device} is NORMAL, targets 0{Environment.NewLine}", run.Output);
        run = await CommandRun.OfAsync("storage", "replace", "nvme", "--old-uuid", device, "--new-uuid", device, "-o", config);
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("engine 1: the device is in use; only one that is out can be replaced", run.Errors, StringComparison.Ordinal);
        run = await CommandRun.OfAsync("storage", "set", "nvme-faulty", "-u", device, "-f", "-o", config, "-j");
        Assert.Equal(0, (int)JsonNode.Parse(run.Output)!["status"]!);
        run = await CommandRun.OfAsync("storage", "replace", "nvme", "--old-uuid", device, "-f", "-o", config, "-j");
        string fresh = (string)JsonNode.Parse(run.Output)!["response"]!["device"]!["uuid"]!;
        Assert.NotEqual(device, fresh);
        Assert.Equal(fresh, (string?)(await DevicesAsync(config, 1))[0]!["uuid"]);
        run = await CommandRun.OfAsync("storage", "set", "nvme-faulty", "-u", device, "-f", "-o", config);
        Assert.Contains($"no engine of this host that serves has device {device}; 'daos_server storage query list-devices' lists those that there are", run.Errors, StringComparison.Ordinal);
        Assert.Contains(fresh, (await CommandRun.OfAsync("storage", "query", "list-devices", "-o", config)).Output, StringComparison.Ordinal);
        Assert.Equal(0, await server.TerminateAsync());
    }

    [Fact]
    public async Task AutoFormat_NeedsNobody_AndJsonLinesAreJson()
    {
        string config = _folder.Write("server.yml", Configs.Text(_folder.Path, 1, "control_log_json: true"));
        await using ServerRun server = ServerRun.Start(config, "--auto-format");
        JsonNode line = JsonNode.Parse(await server.LineAsync("engine serves"))!;
        Assert.Equal("INFO", (string?)line["level"]);
        Assert.Equal("0", (string?)line["rank"]);
        Assert.Equal(0, await server.TerminateAsync());
    }

    [Theory]
    [InlineData("mgmt_svc_replicas: [some.other.host]", "joining the system of another host needs the management service, which is not built yet")]
    [InlineData("mgmt_svc_replicas: [a, b, c]", "a system of several hosts needs the management service, which is not built yet")]
    [InlineData("control_log_file: /proc/none/log", "correct socket_dir and control_log_file, or the permissions")]
    public async Task Start_ThatCannotBe_EndsWithASentence(string line, string expected) =>
        Assert.Contains(expected, await ServerRun.FailAsync(_folder.Write("server.yml", Configs.Text(_folder.Path, 1, line))), StringComparison.Ordinal);

    [Fact]
    public async Task Start_WithoutEngines_SaysHowToGetSome() =>
        Assert.Contains("the configuration has no engines; 'daos_server config generate' writes some", await ServerRun.FailAsync(_folder.Write("server.yml", "")), StringComparison.Ordinal);

    [Fact]
    public async Task Start_OnAnInterfaceThatIsMissing_NamesThoseThatAreThere()
    {
        string told = await ServerRun.FailAsync(_folder.Write("server.yml", $"provider: tcp\nsocket_dir: {_folder.Path}/run\ntransport_config: {{allow_insecure: true}}\nengines: [{{fabric_iface: nothere, storage: [{{class: dir, scm_mount: {_folder.Path}/a}}]}}]\n"));
        Assert.Contains("engine 0: the interface 'nothere' does not exist; with addresses are ", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithoutCertificates_NamesFileAndReason()
    {
        string key = _folder.Write("key.pem", "x");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        string told = await ServerRun.FailAsync(_folder.Write("server.yml", $"provider: tcp\nsocket_dir: {_folder.Path}/run\ntransport_config: {{ca_cert: {_folder.Path}/ca, cert: {key}, key: {key}}}\nengines: [{{fabric_iface: lo, storage: [{{class: dir, scm_mount: {_folder.Path}/a}}]}}]\n"));
        Assert.Contains($"transport_config names the ca_cert {_folder.Path}/ca, which does not exist; put it there, or set allow_insecure: true for development", told, StringComparison.Ordinal);
        Assert.Contains($"the private key {key} can be read by others than its owner; chmod 0400 {key}", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CollectLog_TakesWhatHelps_WithoutSecrets()
    {
        string config = _folder.Write("server.yml", Configs.Text(_folder.Path, 1, $"fabric_auth_key: 'topsecret:1'\ncontrol_log_file: {_folder.Path}/server.log\nsupport_config: {{file_transfer_exec: /bin/true}}"));
        _folder.Write("server.log", "line one\npassword=hunter2\n");
        CommandRun run = await CommandRun.OfAsync("support", "collect-log", "-o", config, "-t", _folder.Path, "-j");
        JsonNode answer = JsonNode.Parse(run.Output)!;
        Assert.Equal(0, (int)answer["status"]!);
        Dictionary<string, string> files = Archives.Read((string)answer["response"]!["archive"]!);
        Assert.Contains("line one", files["log/daos_server.log"], StringComparison.Ordinal);
        Assert.Contains("provider: unix", files["config/daos_server.yml"], StringComparison.Ordinal);
        Assert.Contains("MemTotal", files["machine/meminfo"], StringComparison.Ordinal);
        Assert.Contains("no daos_server of this configuration runs here", files["server/state.json"], StringComparison.Ordinal);
        Assert.Contains("not collected", files["server/engine0.superblock"], StringComparison.Ordinal);
        Assert.All(files.Values, static text => Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal));
        Assert.All(files.Values, static text => Assert.DoesNotContain("topsecret", text, StringComparison.Ordinal));

        run = await CommandRun.OfAsync("support", "collect-log", "-o", config, "-t", $"{_folder.Path}/none");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("give another --target-folder", run.Errors, StringComparison.Ordinal);
        config = _folder.Write("server.yml", Configs.Text(_folder.Path, 1, "support_config: {file_transfer_exec: /bin/false}"));
        run = await CommandRun.OfAsync("support", "collect-log", "-o", config, "-t", _folder.Path);
        Assert.Contains("is written, and could not be sent: /bin/false ended with 1", run.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<JsonArray> DevicesAsync(string config, int engine)
    {
        JsonNode answer = JsonNode.Parse((await CommandRun.OfAsync("storage", "query", "list-devices", "-o", config, "-j")).Output)!;
        Assert.Equal(0, (int)answer["status"]!);
        return answer["response"]!["engines"]![engine]!["devices"]!.AsArray();
    }

    private static async Task<JsonNode> StatusAsync(string config)
    {
        JsonNode answer = JsonNode.Parse((await CommandRun.OfAsync("ms", "status", "-o", config, "-j")).Output)!;
        Assert.Equal(0, (int)answer["status"]!);
        return answer["response"]!;
    }
}
