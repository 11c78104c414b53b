using Daos.Fabric.Core.Errors;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Mgmt.Drpc;
using Daos.Fabric.Protocol.Drpc;
using Daos.Fabric.Protocol.Drpc.Messages;
using Daos.Fabric.Protocol.Drpc.Sockets;

namespace Daos.Fabric.Mgmt.Tests.Drpc;

/// <summary>daos_server and an engine over real sockets: from the first word of the engine to its end.</summary>
public sealed class EngineJoiningTests
{
    [Fact]
    public async Task Engine_SaysThatItListensAndIsSetUp()
    {
        using var directory = new SocketDirectory();
        var heard = new HeardEngines();
        await using DrpcServer server = directory.Serve(heard);
        await using LiveEngine engine = await LiveEngine.StartAsync(directory);
        Assert.Equal(DerCode.Success, await engine.Drpc.NotifyReadyAsync(default));
        NotifyReadyRequest ready = await heard.NextAsync();
        Assert.Equal(
            ($"unix://{directory.Below("e1")}", 4u, directory.Below("daos_engine_1.sock"), 1u, 2u, engine.Server.Incarnation),
            (ready.Uri, ready.Contexts, ready.ListenerSocket, ready.InstanceIndex, ready.Targets, ready.Incarnation));

        await using var client = new EngineClient(ready.ListenerSocket, TimeProvider.System);
        var rank = new Rank(7);
        var group = new GroupUpdateRequest(4, [new GroupUpdateEngine(rank, ready.Uri, ready.Incarnation)]);
        Assert.Equal(DerCode.Uninitialized, await client.SetUpAsync());
        Assert.Equal(DerCode.Uninitialized, await client.UpdateGroupAsync(group));
        Assert.Equal(DerCode.Invalid, await client.PingAsync(rank));
        Assert.Equal(DerCode.Success, await client.SetRankAsync(rank, 4));
        Assert.Equal(DerCode.Already, await client.SetRankAsync(new Rank(8), 4));
        Assert.Equal(DerCode.Success, await client.PingAsync(rank));
        Assert.Equal(DerCode.Success, await client.UpdateGroupAsync(group));
        Assert.Equal(DerCode.GroupVersion, await client.UpdateGroupAsync(group with { MapVersion = 3 }));
        Assert.Equal(DerCode.Invalid, await client.UpdateGroupAsync(group with { MapVersion = 5, Engines = [new GroupUpdateEngine(rank, "nonsense", 0)] }));
        Assert.False(engine.Server.WhenSetUp.IsCompleted);
        Assert.Equal(DerCode.Success, await client.SetUpAsync());
        await engine.Server.WhenSetUp.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(DerCode.Invalid, await client.PrepareShutdownAsync(new Rank(8)));
        Assert.Equal(DerCode.Success, await client.PrepareShutdownAsync(rank));
        Assert.Contains(directory.Sentences, s => s.Contains("nonsense", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Devices_AreListedTakenOutAndReplaced()
    {
        using var directory = new SocketDirectory();
        await using LiveEngine engine = await LiveEngine.StartAsync(directory);
        await using var client = new EngineClient(directory.Below("daos_engine_1.sock"), TimeProvider.System);
        Assert.Equal(DerCode.Success, await client.SetRankAsync(new Rank(5), 1));
        IReadOnlyList<SmdDevice> devices = (await client.ListDevicesAsync()).Value.Items;
        Assert.All(devices, d => Assert.Equal((new Rank(5), SmdDeviceState.Normal), (d.Rank, d.State)));
        Assert.Equal([0, 1], devices.SelectMany(d => d.Targets).Order());
        Guid first = devices[0].Id;
        Assert.Equal((DerCode.Success, 0u), ((await client.QueryHealthAsync(first)).Code, (await client.QueryHealthAsync(first)).Value.ReadErrors));
        Assert.Equal(SmdDeviceState.Evicted, Assert.Single((await client.SetFaultyAsync(first)).Value.Items).State);
        Assert.Equal(DerCode.Nonexist, (await client.ReplaceAsync(first, Guid.NewGuid())).Code);
        Assert.Equal((first, SmdDeviceState.Normal), Named((await client.ReplaceAsync(first, first)).Value));
        Assert.Equal(DerCode.Busy, (await client.ReplaceAsync(first, first)).Code);
        Assert.True((await client.SetFaultyAsync(first)).IsSuccess);
        (Guid fresh, SmdDeviceState state) = Named((await client.ReplaceAsync(first, Guid.Empty)).Value);
        Assert.Equal((true, SmdDeviceState.Normal), (fresh != first, state));
        foreach (Guid nobody in new[] { Guid.NewGuid(), first })
        {
            Assert.Equal(DerCode.Nonexist, (await client.SetFaultyAsync(nobody)).Code);
            Assert.Equal(DerCode.Nonexist, (await client.QueryHealthAsync(nobody)).Code);
        }

        Assert.Empty((await client.ListPoolsAsync()).Value.Items);

        static (Guid Id, SmdDeviceState State) Named(SmdListResponse<SmdDevice> list) => (Assert.Single(list.Items).Id, list.Items[0].State);
    }

    [Fact]
    public async Task MethodsThatNobodyServes_AndRequestsThatCannotBeRead_AreSaid()
    {
        using var directory = new SocketDirectory();
        await using DrpcServer server = directory.Serve(new HeardEngines());
        await using LiveEngine engine = await LiveEngine.StartAsync(directory);
        await using var toEngine = new DrpcClient(directory.Below("daos_engine_1.sock"));
        await using var toServer = new DrpcClient(server.Path);
        foreach (DrpcMethodInfo method in DrpcMethodTable.All)
        {
            DrpcClient client = method.ServedBy == DrpcServedBy.Server || method.Module is DrpcModules.Server or DrpcModules.Security ? toServer : toEngine;
            DrpcStatus status = (await client.CallAsync(method.Module, method.Method, new byte[] { 0x0A, 0x7F })).Value.Status;
            bool takesNothing = method.Method is DrpcMethods.SetUp or DrpcMethods.SmdListDevices or DrpcMethods.SmdListPools;
            Assert.Equal(
                takesNothing ? DrpcStatus.Success
                : method.Module is DrpcModules.Metadata or DrpcModules.Security or DrpcModules.SecurityAgent ? DrpcStatus.UnknownModule
                : method.ServedBy == DrpcServedBy.Nobody ? DrpcStatus.UnknownMethod
                : DrpcStatus.FailedUnmarshalPayload,
                status);
        }
    }

    [Fact]
    public async Task ServerThatComesLater_IsWaitedFor()
    {
        using var directory = new SocketDirectory();
        await using LiveEngine engine = await LiveEngine.StartAsync(directory);
        Task<DerCode> notified = engine.Drpc.NotifyReadyAsync(default);
        var heard = new HeardEngines();
        await using DrpcServer server = directory.Serve(heard);
        Assert.Equal(DerCode.Success, await notified);
        Assert.Equal(1u, (await heard.NextAsync()).InstanceIndex);
        using var cancel = new CancellationTokenSource();
        await server.DisposeAsync();
        Task<DerCode> canceled = engine.Drpc.NotifyReadyAsync(cancel.Token);
        await cancel.CancelAsync();
        Assert.Equal(DerCode.Canceled, await canceled);
    }

    [Fact]
    public async Task NoticeThatIsNotBelieved_Fails()
    {
        using var directory = new SocketDirectory();
        var heard = new HeardEngines();
        await using DrpcServer server = directory.Serve(heard);
        await using var client = new DrpcClient(server.Path);
        var good = new NotifyReadyRequest("tcp://127.0.0.1:1", 1, directory.Below("x.sock"), 3, 1, 1, [], []);
        Assert.Equal(DrpcStatus.Success, await NotifyAsync(good));
        Assert.Equal(DrpcStatus.Failure, await NotifyAsync(good with { Uri = "nonsense" }));
        Assert.Equal(DrpcStatus.Failure, await NotifyAsync(good with { SecondaryUris = [""] }));
        Assert.Equal(DrpcStatus.Failure, await NotifyAsync(good with { ListenerSocket = "/tmp/elsewhere.sock" }));
        Assert.Equal(DrpcStatus.Failure, await NotifyAsync(good with { ListenerSocket = directory.Below("../x.sock") }));
        heard.Answer = DerCode.Excluded;
        Assert.Equal(DrpcStatus.Failure, await NotifyAsync(good));
        Assert.Equal(4, directory.Sentences.Count(s => s.Contains("engine 3", StringComparison.Ordinal)));

        async Task<DrpcStatus> NotifyAsync(NotifyReadyRequest request) =>
            (await client.CallAsync(DrpcModules.Server, DrpcMethods.NotifyReady, request.Write())).Value.Status;
    }

    [Fact]
    public async Task EngineThatDoesNotAnswer_IsGivenUp()
    {
        using var directory = new SocketDirectory();
        string path = directory.Below("mute.sock");
        using System.Net.Sockets.Socket mute = DrpcSocketFile.Listen(path);
        await using var client = new EngineClient(path, TimeProvider.System) { Timeout = TimeSpan.FromMilliseconds(50) };
        Assert.Equal(DerCode.NoReply, await client.PingAsync(new Rank(0)));
        DrpcSocketFile.Remove(path);
        Assert.Equal(DerCode.Unreachable, await client.SetUpAsync());
    }

    [Fact]
    public async Task SecondServer_IsRefusedWithASentence()
    {
        using var directory = new SocketDirectory();
        await using DrpcServer server = directory.Serve(new HeardEngines());
        DaosException refused = Assert.Throws<DaosException>(() => directory.Serve(new HeardEngines()));
        Assert.Equal(DerCode.Busy, refused.Code);
        Assert.Contains("another process listens", refused.Message, StringComparison.Ordinal);
        await server.DisposeAsync();
        await using DrpcServer next = directory.Serve(new HeardEngines());
        Assert.False(next.Ended.IsCompleted);
    }
}
