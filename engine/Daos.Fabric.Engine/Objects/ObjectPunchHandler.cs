using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using ObjectTarget = Daos.Fabric.Protocol.Objects.ObjectTarget;
using StoreTarget = Daos.Fabric.Store.Io.ObjectTarget;

namespace Daos.Fabric.Engine.Objects;

/// <summary>
/// OBJ_PUNCH, OBJ_PUNCH_DKEYS and OBJ_PUNCH_AKEYS: parse, admit, commit, wait until stable, reply. Owned by the target's xstream.
/// </summary>
internal sealed class ObjectPunchHandler(ObjectService service, PunchScope scope)
{
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
            StoreShard store = container.Shard.Store;
            LogPosition position;
            Epoch epoch;
            do
            {
                code = await store.AdmitAsync();
                if (code.IsError)
                {
                    request.Reply(code);
                    return;
                }

                code = Commit(request, in message, container, out position, out epoch);
            }
            while (code == DerCode.Again);

            DerCode stable = await store.WaitStableAsync(position);
            EpochReplying.Reply(request, stable.IsError ? stable : code, epoch);
        }
        finally
        {
            container.Shard.Gate.Leave();
        }
    }

    private unsafe DerCode Admit(RpcRequest request, out ObjectKeyRequest message, out OpenContainer container)
    {
        container = null!;
        DerCode code = ObjectKeyRequest.Parse(request.PayloadAddress, request.PayloadBytes, isListing: false, out message);
        if (code.IsError)
        {
            return code;
        }

        ObjectTarget target = message.Target;
        bool hasDkey = message.DkeyBytes > 0;
        if (hasDkey == (scope == PunchScope.Object) || (message.AkeyCount > 0) != (scope == PunchScope.Akeys))
        {
            return DerCode.Protocol;
        }

        code = hasDkey ? service.CheckPlacement(in target, message.Dkey) : DerCode.Success;
        return code.IsError ? code : service.EnterForChange(request, target.ContainerHandle, out container);
    }

    private unsafe DerCode Commit(RpcRequest request, in ObjectKeyRequest message, OpenContainer container, out LogPosition position, out Epoch epoch)
    {
        ObjectTarget asked = message.Target;
        StoreTarget target = ObjectService.StoreTargetOf(container, in asked, message.DkeyAddress, message.DkeyBytes) with
        {
            Epoch = Epoch.None,
            Modification = ObjectService.IdentityOf(request),
        };
        Span<KeyBytes> akeys = stackalloc KeyBytes[message.AkeyCount];
        int count = 0;
        foreach (KeyView akey in message)
        {
            akeys[count++] = new KeyBytes(akey.Address, akey.LengthBytes);
        }

        return container.Shard.Store.Punch(in target, scope, akeys, out position, out epoch);
    }
}
