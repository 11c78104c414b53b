using Daos.Fabric.Engine.Drpc;
using Daos.Fabric.Engine.Host.Configuration;

namespace Daos.Fabric.Engine.Tests.Host;

/// <summary>What the engine makes of a directory of sockets on its command line and in its file.</summary>
public sealed class SocketDirectoryTests
{
    [Fact]
    public void SocketDirectory_WithoutARank_MakesTheEngineAwaitIt()
    {
        HostSettings settings = Parse("--socket-dir", "/run/x", "--instance-idx", "2");
        EngineOptions options = OptionsBuilder.Build(settings, static _ => { });
        EngineDrpcOptions drpc = OptionsBuilder.BuildDrpc(settings)!;
        Assert.Equal((Rank.None, true), (options.Rank, options.AwaitsSetUp));
        Assert.Equal(("/run/x/daos_server.sock", $"/run/x/daos_engine_{Environment.ProcessId}.sock", 2u), (drpc.ServerSocket, drpc.ListenerSocket, drpc.InstanceIndex));
    }

    [Theory]
    [InlineData("--socket-dir=/run/x", "--rank=1")]
    [InlineData("--socket-dir=/run/x", "--rank=1", "--ranks=0=tcp://a:1,1=tcp://b:1")]
    public void SocketDirectory_WithARank_BeginsByItself(params string[] arguments)
    {
        EngineOptions options = OptionsBuilder.Build(Parse(arguments), static _ => { });
        Assert.Equal((new Rank(1), false), (options.Rank, options.AwaitsSetUp));
    }

    [Fact]
    public void File_HasTheSameKeys()
    {
        HostSettings settings = CommandLine.Parse(["--config", "f"], static _ => "storage: /d\nlisten: ['unix:///s']\nsocket_dir: /run/y\ninstance_idx: 3\n")!;
        Assert.Equal(("/run/y/daos_server.sock", 3u), (OptionsBuilder.BuildDrpc(settings)!.ServerSocket, OptionsBuilder.BuildDrpc(settings)!.InstanceIndex));
    }

    [Fact]
    public void EngineWithoutADaosServer_HasNone()
    {
        Assert.Null(OptionsBuilder.BuildDrpc(Parse()));
        Assert.False(OptionsBuilder.Build(Parse(), static _ => { }).AwaitsSetUp);
        Assert.Contains("--socket-dir", Assert.Throws<UsageException>(() => OptionsBuilder.BuildDrpc(Parse("--instance-idx=1"))).Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => Parse("--instance-idx=256"));
    }

    private static HostSettings Parse(params string[] arguments) =>
        CommandLine.Parse(["--storage", "/d", "--listen", "unix:///s", .. arguments], static _ => "")!;
}
