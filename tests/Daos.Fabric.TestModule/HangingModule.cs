using System.Runtime.CompilerServices;
using Daos.Fabric.Engine;
using Daos.Fabric.Engine.Hosting;
using Daos.Fabric.Engine.Modules;
using Daos.Fabric.Rpc.Dispatch;
using Daos.Fabric.Xstreams.Waiting;

namespace Daos.Fabric.TestModule;

/// <summary>A module whose clean-up never ends where the environment says so: what a second signal is for.</summary>
public sealed class HangingModule : EngineModule
{
    /// <summary>Set to anything, it makes the clean-up hang.</summary>
    public const string Variable = "DAOS_TEST_HANGS";

    private const long LookNs = 10_000_000;

    /// <inheritdoc/>
    public override string Name => "hanging";

    /// <inheritdoc/>
    public override byte Id => 202;

    /// <inheritdoc/>
    public override IReadOnlyList<RpcProtocol> CreateProtocols(EngineXstream xstream, object? state) => [];

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(Daos.Fabric.Core.Threading.UltMethodBuilder))]
    public override async ValueTask CleanupAsync(EngineContext engine)
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            return;
        }

        engine.Options.Log?.Invoke("hanging: cleanup");
        while (true)
        {
            await engine.System.Xstream.SleepAsync(LookNs);
        }
    }
}
