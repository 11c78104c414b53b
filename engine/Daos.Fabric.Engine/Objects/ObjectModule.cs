using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Objects;

/// <summary>The object module: updates, fetches, punches, listings and key queries, on the xstream of each target.</summary>
internal sealed class ObjectModule : EngineModule
{
    public override string Name => "obj";

    public override byte Id => ProtocolModules.Object;

    public override object? CreateXstreamState(EngineXstream xstream) => xstream.Target < 0 ? null : new ObjectService(xstream);

    public override IReadOnlyList<RpcProtocol> CreateProtocols(EngineXstream xstream, object? state)
    {
        if (state is not ObjectService service)
        {
            return [];
        }

        RpcOperation[] operations =
        [
            Write(ObjectOpcodes.Update, "OBJ_UPDATE", new ObjectUpdateHandler(service).HandleAsync) with { Arrived = service.LookAhead.Note },
            Read(ObjectOpcodes.Fetch, "OBJ_FETCH", new ObjectFetchHandler(service).HandleAsync) with { Arrived = service.LookAhead.Note },
            Read(ObjectOpcodes.DkeyEnumerate, "OBJ_DKEY_ENUMERATE", new DkeyEnumerateHandler(service).HandleAsync),
            Read(ObjectOpcodes.AkeyEnumerate, "OBJ_AKEY_ENUMERATE", new AkeyEnumerateHandler(service).HandleAsync),
            Read(ObjectOpcodes.RecxEnumerate, "OBJ_RECX_ENUMERATE", new RecxEnumerateHandler(service).HandleAsync),
            Write(ObjectOpcodes.Punch, "OBJ_PUNCH", new ObjectPunchHandler(service, PunchScope.Object).HandleAsync),
            Write(ObjectOpcodes.PunchDkeys, "OBJ_PUNCH_DKEYS", new ObjectPunchHandler(service, PunchScope.Dkey).HandleAsync),
            Write(ObjectOpcodes.PunchAkeys, "OBJ_PUNCH_AKEYS", new ObjectPunchHandler(service, PunchScope.Akeys).HandleAsync),
            Read(ObjectOpcodes.ObjectTable, "OBJ_TABLE", new ObjectTableHandler(service).HandleAsync),
            Read(ObjectOpcodes.QueryKey, "OBJ_QUERY_KEY", new QueryKeyHandler(service).HandleAsync),
        ];
        return [new RpcProtocol(Id, ProtocolModules.ObjectVersion, Name, operations) { FeatureBits = FeatureBits }];
    }

    private static RpcOperation Write(RpcOpcode opcode, string name, RpcHandler handler) =>
        new(opcode.Index, name, RequestClass.Update, RpcFeatures.Modification, handler);

    private static RpcOperation Read(RpcOpcode opcode, string name, RpcHandler handler) =>
        new(opcode.Index, name, RequestClass.Fetch, RpcFeatures.None, handler);
}
