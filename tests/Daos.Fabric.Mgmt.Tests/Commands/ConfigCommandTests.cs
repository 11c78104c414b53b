using System.Text.Json.Nodes;
using Daos.Fabric.Mgmt.Tests.Support;

namespace Daos.Fabric.Mgmt.Tests.Commands;

/// <summary><c>config check</c>, <c>show</c> and <c>generate</c> as they are typed.</summary>
public sealed class ConfigCommandTests : IDisposable
{
    private readonly Folder _folder = new();

    [Fact]
    public async Task Check_TellsEveryErrorWithItsLine_AndEndsWithThree()
    {
        string file = _folder.Write("a.yml", "port: 0\nnam: x\n");
        CommandRun run = await CommandRun.OfAsync("config", "check", "-o", file);
        Assert.Equal(ExitCode.Configuration, run.ExitCode);
        Assert.Equal(
            $"daos_server: {file}:1:7: 'port' must be a number from 1 to 65535, not '0'\n"
            + $"daos_server: {file}:2:1: unknown key 'nam' in the file; did you mean 'name'? 'daos_server config show' prints all keys\n",
            run.Errors);
        Assert.Empty(run.Output);

        JsonNode answer = JsonNode.Parse((await CommandRun.OfAsync("-j", "config", "check", "-o", file)).Output)!;
        Assert.Equal(-1003, (int)answer["status"]!);
        Assert.Equal(2, (int)answer["response"]!["problems"]![1]!["line"]!);
        Assert.Equal("error", (string?)answer["response"]!["problems"]![1]!["severity"]);
    }

    [Fact]
    public async Task Check_OfAGoodFile_SaysWhatItDescribes()
    {
        string file = _folder.Write("a.yml", "provider: unix\nnr_hugepages: 1\nengines: [{targets: 3, storage: [{class: dir, scm_mount: /d}]}]\n");
        CommandRun run = await CommandRun.OfAsync("config", "check", "-o", file);
        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal($"{file}:2:1: warning: 'nr_hugepages' has no effect: no huge pages are needed\n{file} is good: system daos_server, 1 engines with 3 targets\n", run.Output);
        Assert.Contains("no engines yet", (await CommandRun.OfAsync("config", "check", "-o", _folder.Write("b.yml", ""))).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfAFileThatIsNotThere_SaysHowToMakeOne()
    {
        CommandRun run = await CommandRun.OfAsync("config", "check", "-o", $"{_folder.Path}/none");
        Assert.Equal(ExitCode.Configuration, run.ExitCode);
        Assert.Contains("does not exist; 'daos_server config generate", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_PrintsValuesWithTheirOrigin()
    {
        string file = _folder.Write("a.yml", "provider: unix\nsystem_ram_reserved: 4096MiB\nengines: [{storage: [{class: dir, scm_mount: /d}]}]\n");
        CommandRun run = await CommandRun.OfAsync("config", "show", "-o", file);
        string[] lines = run.Output.Split('\n');
        Assert.Contains(lines, l => l.StartsWith("provider ", StringComparison.Ordinal) && l.EndsWith($"{file}:1", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("system_ram_reserved ", StringComparison.Ordinal) && l.Contains(" 4GiB ", StringComparison.Ordinal));
        Assert.Contains(lines, static l => l.StartsWith("engine_auto_restart_min_delay ", StringComparison.Ordinal) && l.Contains(" 5m ", StringComparison.Ordinal) && l.EndsWith("default", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("engines[0].storage[0].scm_mount ", StringComparison.Ordinal) && l.Contains(" /d ", StringComparison.Ordinal));
        Assert.Contains(lines, static l => l.StartsWith("nr_hugepages ", StringComparison.Ordinal) && l.EndsWith("(no effect here)", StringComparison.Ordinal));

        JsonNode answer = JsonNode.Parse((await CommandRun.OfAsync("config", "show", "-o", file, "-j")).Output)!;
        Assert.Contains(answer["response"]!.AsArray(), static v => (string?)v!["key"] == "port" && (string?)v["value"] == "10001" && (string?)v["origin"] == "default");
    }

    [Fact]
    public async Task Generate_WritesAFileThatCheckAccepts_AndNeverOverwrites()
    {
        string file = $"{_folder.Path}/new.yml";
        CommandRun run = await CommandRun.OfAsync("config", "generate", "--net-class", "loopback", "--scm-only", "-i", "--output", file);
        Assert.Equal("", run.Errors);
        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal(ExitCode.Done, (await CommandRun.OfAsync("config", "check", "-o", file)).ExitCode);
        string before = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        run = await CommandRun.OfAsync("config", "generate", "--net-class", "loopback", "--scm-only", "-i", "--output", file);
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Equal($"daos_server: {file} exists and was left alone; move it away, or give --output another name\n", run.Errors);
        Assert.Equal(before, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        run = await CommandRun.OfAsync("config", "generate", "--net-class", "loopback", "--scm-only", "--output", $"{_folder.Path}/no/new.yml");
        Assert.Contains("cannot be written", run.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
