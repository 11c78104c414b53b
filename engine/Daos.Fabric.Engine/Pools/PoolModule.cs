using Daos.Fabric.Protocol.Pools;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Pools;

/// <summary>The pool service: creates, connects, queries, resizes, lists and destroys pools. Answers on the system xstream.</summary>
internal sealed class PoolModule : EngineModule
{
    public override string Name => "pool";

    public override byte Id => ProtocolModules.Pool;

    public override IReadOnlyList<RpcProtocol> CreateProtocols(EngineXstream xstream, object? state)
    {
        if (!xstream.Tags.Contains(Tags.System))
        {
            return [];
        }

        EngineContext engine = xstream.Engine;
        RpcOperation[] operations =
        [
            Operation(PoolOpcodes.Create, "POOL_CREATE", new PoolCreateHandler(engine).HandleAsync),
            Operation(PoolOpcodes.Connect, "POOL_CONNECT", new PoolConnectHandler(engine).HandleAsync),
            Operation(PoolOpcodes.Disconnect, "POOL_DISCONNECT", new PoolDisconnectHandler(engine).HandleAsync),
            Operation(PoolOpcodes.Query, "POOL_QUERY", new PoolQueryHandler(engine).HandleAsync),
            Operation(PoolOpcodes.List, "POOL_LIST", new PoolListHandler(engine).HandleAsync),
            Operation(PoolOpcodes.Resize, "POOL_RESIZE", new PoolResizeHandler(engine).HandleAsync),
            Operation(PoolOpcodes.Destroy, "POOL_DESTROY", new PoolDestroyHandler(engine).HandleAsync),
        ];
        return [new RpcProtocol(Id, ProtocolModules.PoolVersion, Name, operations) { FeatureBits = FeatureBits }];
    }

    private static RpcOperation Operation(RpcOpcode opcode, string name, RpcHandler handler) =>
        new(opcode.Index, name, RequestClass.Anonymous, RpcFeatures.None, handler);
}
