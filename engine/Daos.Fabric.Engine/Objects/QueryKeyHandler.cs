using System.Buffers.Binary;
using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;
using ObjectTarget = Daos.Fabric.Protocol.Objects.ObjectTarget;
using Recx = Daos.Fabric.Protocol.Objects.Recx;
using StoreTarget = Daos.Fabric.Store.Io.ObjectTarget;

namespace Daos.Fabric.Engine.Objects;

/// <summary>
/// OBJ_QUERY_KEY: the largest or smallest integer dkey, integer akey and run of records on this target, and its newest write of the object: parse, admit, query, wait for what
/// the answer depends on, reply. Owned by the target's xstream.
/// </summary>
internal sealed class QueryKeyHandler(ObjectService service)
{
    private const int IntegerKeyBytes = sizeof(ulong);

    /// <summary>Handles one request.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask HandleAsync(RpcRequest request)
    {
        DerCode code = Admit(request, out ObjectKeyRequest message, out OpenContainer container);
        if (code.IsError)
        {
            request.Reply(code);
            return;
        }

        try
        {
            code = Query(in message, container, out QueryKeyReply reply, out LogPosition dependsOn);
            DerCode stable = await container.Shard.Store.WaitStableAsync(dependsOn);
            code = stable.IsError ? stable : code;
            if (code.IsError)
            {
                request.Reply(code);
                return;
            }

            reply.Write(request.BeginReply(QueryKeyReply.SizeBytes));
            request.EndReply(QueryKeyReply.SizeBytes, DerCode.Success);
        }
        finally
        {
            container.Shard.Gate.Leave();
        }
    }

    private static KeyQueryFlags FlagsOf(ObjectFlags flags) =>
        Map(flags, ObjectFlags.QueryMax, KeyQueryFlags.Max)
        | Map(flags, ObjectFlags.QueryDkey, KeyQueryFlags.Dkey)
        | Map(flags, ObjectFlags.QueryAkey, KeyQueryFlags.Akey)
        | Map(flags, ObjectFlags.QueryRecx, KeyQueryFlags.Recx)
        | Map(flags, ObjectFlags.QueryNewestWrite, KeyQueryFlags.NewestWrite);

    private static KeyQueryFlags Map(ObjectFlags flags, ObjectFlags flag, KeyQueryFlags mapped) => (flags & flag) != 0 ? mapped : KeyQueryFlags.None;

    private unsafe DerCode Admit(RpcRequest request, out ObjectKeyRequest message, out OpenContainer container)
    {
        container = null!;
        DerCode code = ObjectKeyRequest.Parse(request.PayloadAddress, request.PayloadBytes, isListing: false, out message);
        return code.IsError ? code
            : message.AkeyCount > 1 ? DerCode.Protocol
            : service.Enter(request, message.Target.ContainerHandle, out container);
    }

    private unsafe DerCode Query(in ObjectKeyRequest message, OpenContainer container, out QueryKeyReply reply, out LogPosition dependsOn)
    {
        ObjectTarget asked = message.Target;
        StoreTarget target = ObjectService.StoreTargetOf(container, in asked, message.DkeyAddress, message.DkeyBytes);
        ObjectKeyRequest.Enumerator akeys = message.GetEnumerator();
        KeyBytes akey = akeys.MoveNext() ? new KeyBytes(akeys.Current.Address, akeys.Current.LengthBytes) : default;
        Span<byte> dkeyFound = stackalloc byte[IntegerKeyBytes];
        Span<byte> akeyFound = stackalloc byte[IntegerKeyBytes];
        DerCode code = container.Shard.Store.QueryKey(in target, FlagsOf(asked.Flags), akey, dkeyFound, akeyFound, out KeyQueryResult result);
        dependsOn = result.DependsOn;
        reply = new QueryKeyReply(
            result.DkeyLength == IntegerKeyBytes ? BinaryPrimitives.ReadUInt64LittleEndian(dkeyFound) : 0,
            result.AkeyLength == IntegerKeyBytes ? BinaryPrimitives.ReadUInt64LittleEndian(akeyFound) : 0,
            new Recx(result.Index, result.Count),
            result.RecordBytes,
            service.ReadEpochOf(container, asked.Epoch),
            result.NewestWrite);

        // The reply tells integers: a key of another length has no answer here.
        bool isInteger = result.DkeyLength is 0 or IntegerKeyBytes && result.AkeyLength is 0 or IntegerKeyBytes;
        return code.IsError ? code : isInteger ? DerCode.Success : DerCode.NotSupported;
    }
}
