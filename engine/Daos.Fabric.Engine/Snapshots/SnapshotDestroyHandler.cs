using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Engine.Snapshots;

/// <summary>
/// Destroys a snapshot; handles on it read on until aggregation has passed its epoch, then they hear DER_EP_OLD.
/// </summary>
internal sealed class SnapshotDestroyHandler(EngineContext engine) : SnapshotHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!TryParse(request, out SnapshotRequest message))
        {
            return;
        }

        if (!message.NamesOne)
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        ModificationInfo identity = IdentityOf(request);
        request.Reply(await ChangeAsync(identity, () => DestroyAsync(message, identity)));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> DestroyAsync(SnapshotRequest message, ModificationInfo identity)
    {
        DerCode code = Find(message.Container, forChange: true, out ContainerEntry container);
        SnapshotEntry? snapshot = code.IsSuccess ? Snapshots.Find(container.Id, message.Epoch, message.Name.Label) : null;
        if (snapshot is null)
        {
            return code.IsError ? code : DerCode.Nonexist;
        }

        snapshot.State = RecordState.Destroying;
        snapshot.Destroyer = identity;
        code = await Directory.Records.PutAsync(snapshot);
        if (code.IsError)
        {
            snapshot.State = RecordState.Ready;
            return code;
        }

        return await SnapshotRemoval.RemoveAsync(Engine, container.Pool, snapshot, identity);
    }
}
