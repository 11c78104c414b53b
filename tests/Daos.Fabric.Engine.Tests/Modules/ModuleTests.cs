using System.Buffers.Binary;
using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Rpc.Requests;

namespace Daos.Fabric.Engine.Tests.Modules;

public sealed class ModuleTests
{
    private const byte CountingModuleId = 200;

    [Fact]
    public void Module_FromAnAssembly_ServesOnEveryXstreamAndLivesItsLife()
    {
        using var stage = new Stage(isVolatile: true, modules: [new ModuleReference("Daos.Fabric.TestModule"), new ModuleReference("obj")]);
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            foreach (EngineEndpoint endpoint in stage.Engine.Server!.Endpoints.Where(e => e.Tag >= Tags.FirstTarget))
            {
                Assert.Equal(1, await CountAsync(caller, endpoint));
                Assert.Equal(2, await CountAsync(caller, endpoint));
            }
        });
        stage.Engine.Stop();

        Assert.Equal(["init", "setup", "cleanup", "fini"], stage.Engine.Log.Where(l => l.StartsWith("counting: ", StringComparison.Ordinal)).Select(l => l[10..]));
    }

    [Fact]
    public void Module_Unknown_StopsTheStartWithOneSentence()
    {
        using var stage = new Stage(modules: [new ModuleReference("Vendor.Nothing")]);

        DaosException exception = Assert.Throws<DaosException>(stage.Engine.Start);

        Assert.Equal(DerCode.Unregistered, exception.Code);
        Assert.Contains("module 'Vendor.Nothing' is unknown", exception.Message, StringComparison.Ordinal);
        Assert.False(stage.Engine.Node.Files.Exists("/data/engine"), "nothing was touched");
    }

    [Fact]
    public void Module_AssemblyWithoutModules_StopsTheStartWithOneSentence()
    {
        using var stage = new Stage(modules: [new ModuleReference("Daos.Fabric.Core.dll")]);

        DaosException exception = Assert.Throws<DaosException>(stage.Engine.Start);

        Assert.Contains("has no public class that implements IEngineModule", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Module_NumberTakenTwice_StopsTheStart()
    {
        ModuleReference reference = new("Daos.Fabric.TestModule");
        using var stage = new Stage(modules: [reference, reference]);

        Assert.Equal(DerCode.Exists, Assert.Throws<DaosException>(stage.Engine.Start).Code);
    }

    private static async ValueTask<long> CountAsync(EngineCaller caller, EngineEndpoint endpoint)
    {
        DerResult<RpcEndpoint> peer = await caller.Context.ConnectAsync(endpoint.Uri, endpoint.Tag, caller.Context.Loop.NowNs + 1_000_000_000);
        RpcCall call = caller.Context.RentCall();
        try
        {
            Assert.Equal(DerCode.Success, await call.AdmitAsync(peer.Value, RpcOpcode.Create(CountingModuleId, 1, 0)));
            _ = call.BeginRequest(0);
            Assert.Equal(DerCode.Success, await call.SendAsync(0));
            return BinaryPrimitives.ReadInt64LittleEndian(call.Reply);
        }
        finally
        {
            call.Free();
        }
    }
}
