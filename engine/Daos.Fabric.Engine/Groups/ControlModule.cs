using Daos.Fabric.Protocol.Control;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Groups;

/// <summary>What an operator asks about the system: members on the xstream of SWIM, a census on the system xstream.</summary>
internal sealed class ControlModule : EngineModule
{
    public override string Name => "ctl";

    public override byte Id => ProtocolModules.Control;

    public override IReadOnlyList<RpcProtocol> CreateProtocols(EngineXstream xstream, object? state)
    {
        var operations = new List<RpcOperation>();
        if (xstream.Tags.Contains(Tags.Swim))
        {
            operations.Add(Operation(ControlOpcodes.Members, "CTL_MEMBERS", new MembersHandler(xstream.Engine).HandleAsync));
        }

        if (xstream.Tags.Contains(Tags.System))
        {
            operations.Add(Operation(ControlOpcodes.Census, "CTL_CENSUS", new CensusHandler(xstream.Engine).HandleAsync));
        }

        return operations.Count == 0 ? [] : [new RpcProtocol(Id, ProtocolModules.ControlVersion, Name, operations) { FeatureBits = FeatureBits }];
    }

    private static RpcOperation Operation(RpcOpcode opcode, string name, RpcHandler handler) =>
        new(opcode.Index, name, RequestClass.Anonymous, RpcFeatures.None, handler);
}
