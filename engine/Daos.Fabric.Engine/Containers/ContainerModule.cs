using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Containers;

/// <summary>The container service: creates, opens, closes, lists and destroys containers. Answers on the system xstream.</summary>
internal sealed class ContainerModule : EngineModule
{
    public override string Name => "cont";

    public override byte Id => ProtocolModules.Container;

    public override IReadOnlyList<RpcProtocol> CreateProtocols(EngineXstream xstream, object? state)
    {
        if (!xstream.Tags.Contains(Tags.System))
        {
            return [];
        }

        EngineContext engine = xstream.Engine;
        RpcOperation[] operations =
        [
            Operation(ContainerOpcodes.Create, "CONT_CREATE", new ContainerCreateHandler(engine).HandleAsync),
            Operation(ContainerOpcodes.Open, "CONT_OPEN", new ContainerOpenHandler(engine).HandleAsync),
            Operation(ContainerOpcodes.Close, "CONT_CLOSE", new ContainerCloseHandler(engine).HandleAsync),
            Operation(ContainerOpcodes.Destroy, "CONT_DESTROY", new ContainerDestroyHandler(engine).HandleAsync),
            Operation(ContainerOpcodes.List, "CONT_LIST", new ContainerListHandler(engine).HandleAsync),
        ];
        return [new RpcProtocol(Id, ProtocolModules.ContainerVersion, Name, operations) { FeatureBits = FeatureBits }];
    }

    private static RpcOperation Operation(RpcOpcode opcode, string name, RpcHandler handler) =>
        new(opcode.Index, name, RequestClass.Anonymous, RpcFeatures.None, handler);
}
