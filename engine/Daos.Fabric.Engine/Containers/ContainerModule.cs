using Daos.Fabric.Engine.Snapshots;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Containers;

/// <summary>The container service: creates, opens, closes, lists and destroys containers and their snapshots. Answers on the system xstream.</summary>
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
            Operation(ContainerOpcodes.SnapshotCreate, "CONT_SNAP_CREATE", new SnapshotCreateHandler(engine).HandleAsync),
            Operation(ContainerOpcodes.SnapshotDestroy, "CONT_SNAP_DESTROY", new SnapshotDestroyHandler(engine).HandleAsync),
            Operation(ContainerOpcodes.SnapshotList, "CONT_SNAP_LIST", new SnapshotListHandler(engine).HandleAsync),
            Operation(ContainerOpcodes.SnapshotOpen, "CONT_SNAP_OPEN", new SnapshotOpenHandler(engine).HandleAsync),
        ];
        return [new RpcProtocol(Id, ProtocolModules.ContainerVersion, Name, operations) { FeatureBits = FeatureBits }];
    }

    private static RpcOperation Operation(RpcOpcode opcode, string name, RpcHandler handler) =>
        new(opcode.Index, name, RequestClass.Anonymous, RpcFeatures.None, handler);
}
