using System.Text.Json.Nodes;
using Daos.Fabric.Mgmt.Commands;
using Daos.Fabric.Mgmt.Hardware;
using Daos.Fabric.Mgmt.Tests.Support;

namespace Daos.Fabric.Mgmt.Tests.Commands;

/// <summary><c>storage prepare</c> and <c>storage format</c> as they are typed.</summary>
public sealed class StorageCommandTests : IDisposable
{
    private readonly Folder _folder = new();

    [Fact]
    public void Prepare_SaysWhatIsInTheWay()
    {
        var host = new FakeHost(_folder.Path);
        host.Add(new BlockDevice { Path = "/dev/x", SizeBytes = 1 << 30, Signature = "xfs file system" });
        var config = Configs.Read($"provider: unix\nengines: [{{storage: [{{class: dir, scm_mount: {_folder.Path}/a}}, {{class: kdev, bdev_list: /dev/x}}]}}]");
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Assert.Equal(ExitCode.Failed, StorageCommands.Prepared(config, host, new CommandOutput(output, errors, isJson: false)));
        Assert.Equal("daos_server: engine 0: /dev/x holds something else: xfs file system; --force erases it\n", errors.ToString());
        Assert.Empty(host.Done);

        host.Add(new BlockDevice { Path = "/dev/x", SizeBytes = 1 << 30 });
        Assert.Equal(ExitCode.Done, StorageCommands.Prepared(config, host, new CommandOutput(output, errors, isJson: false)));
        Assert.Equal($"engine 0: ready to be formatted: dir {_folder.Path}/a | kdev /dev/x\n", output.ToString());
    }

    [Fact]
    public async Task Prepare_OfAFile_UsesThisMachine()
    {
        string file = _folder.Write("a.yml", Configs.Text(_folder.Path, 1));
        JsonNode answer = JsonNode.Parse((await CommandRun.OfAsync("storage", "prepare", "-o", file, "-j")).Output)!;
        Assert.Equal(0, (int)answer["status"]!);
        Assert.Empty(answer["response"]!["engines"]![0]!["problems"]!.AsArray());
        Assert.False(Directory.Exists($"{_folder.Path}/engine0"));
    }

    [Fact]
    public async Task Format_WithoutAServer_SaysHowToStartOne()
    {
        CommandRun run = await CommandRun.OfAsync("storage", "format", "-o", _folder.Write("a.yml", Configs.Text(_folder.Path, 1)));
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("start it with 'daos_server start'", run.Errors, StringComparison.Ordinal);
        run = await CommandRun.OfAsync("storage", "format", "-o", _folder.Write("a.yml", "port: x"));
        Assert.Equal(ExitCode.Configuration, run.ExitCode);
    }

    public void Dispose() => _folder.Dispose();
}
