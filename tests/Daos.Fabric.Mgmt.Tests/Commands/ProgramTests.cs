using System.Text.Json.Nodes;
using Daos.Fabric.Mgmt.Tests.Support;

namespace Daos.Fabric.Mgmt.Tests.Commands;

/// <summary>The command line as a whole.</summary>
public sealed class ProgramTests
{
    [Theory]
    [InlineData("--help", "storage")]
    [InlineData("config --help", "generate")]
    [InlineData("config generate --help", "--ms-replicas")]
    [InlineData("config check --help", "--config-path")]
    [InlineData("config show --help", "--json")]
    [InlineData("network scan --help", "--provider")]
    [InlineData("version --help", "version")]
    public async Task Help_IsPrinted_AndEndsWithZero(string line, string part)
    {
        CommandRun run = await CommandRun.OfAsync(line.Split(' '));
        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Contains(part, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_ThatDoesNotExist_IsAUsageErrorWithTheNearestName()
    {
        CommandRun run = await CommandRun.OfAsync("vresion");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("'vresion'", run.Errors, StringComparison.Ordinal);
        Assert.Contains("did you mean 'version'?", run.Errors, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task UsageError_WithJson_IsTheEnvelope()
    {
        CommandRun run = await CommandRun.OfAsync("config", "chekc", "-j");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        JsonNode answer = JsonNode.Parse(run.Output)!;
        Assert.Null(answer["response"]);
        Assert.Contains("chekc", (string?)answer["error"], StringComparison.Ordinal);
        Assert.Equal(-1003, (int)answer["status"]!);
    }

    [Fact]
    public async Task Version_IsTheProducts_AlsoAsJson()
    {
        Assert.StartsWith("daos_server version 0.", (await CommandRun.OfAsync("version")).Output, StringComparison.Ordinal);
        JsonNode answer = JsonNode.Parse((await CommandRun.OfAsync("version", "--json")).Output)!;
        Assert.Equal(0, (int)answer["status"]!);
        Assert.Null(answer["error"]);
        Assert.Equal("daos_server", (string?)answer["response"]!["name"]);
    }
}
