using Daos.Fabric.Core.Errors;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Mgmt.Drpc;
using Daos.Fabric.Protocol.Drpc.Messages;
using Daos.Fabric.TestKit.Processes;

namespace Daos.Fabric.Mgmt.Tests.Drpc;

/// <summary>The real executable, told its rank over dRPC.</summary>
public sealed class EngineProcessTests
{
    [Fact]
    public async Task Engine_ServesOnceItIsSetUpAndLeavesNoSocket()
    {
        using var directory = new SocketDirectory();
        var heard = new HeardEngines();
        await using DrpcServer server = directory.Serve(heard);
        using EngineProcess engine = EngineProcess.Start(
            "--storage", directory.Below("storage"), "--listen", $"unix://{directory.Below("e")}", "--socket-dir", directory.Path, "--instance-idx", "4", "--polling", "sleep");
        NotifyReadyRequest ready = await heard.NextAsync();
        Assert.Equal((4u, directory.Below($"daos_engine_{engine.Id}.sock")), (ready.InstanceIndex, ready.ListenerSocket));
        Task<string> line = engine.WaitReadyAsync();
        await using (var client = new EngineClient(ready.ListenerSocket, TimeProvider.System))
        {
            var rank = new Rank(9);
            Assert.Equal(DerCode.Success, await client.SetRankAsync(rank, 1));
            Assert.Equal(DerCode.Success, await client.UpdateGroupAsync(new GroupUpdateRequest(1, [new GroupUpdateEngine(rank, ready.Uri, ready.Incarnation)])));
            Assert.False(line.IsCompleted);
            Assert.Equal(DerCode.Success, await client.SetUpAsync());
            Assert.StartsWith("ready rank=9 targets=1 uri=unix://", await line, StringComparison.Ordinal);
            Assert.Equal(DerCode.Success, await client.PingAsync(rank));
        }

        Assert.Equal(0, await engine.TerminateAsync());
        Assert.False(File.Exists(ready.ListenerSocket));
    }
}
