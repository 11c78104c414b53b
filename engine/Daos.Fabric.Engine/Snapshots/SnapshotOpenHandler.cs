using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Engine.Snapshots;

/// <summary>
/// Opens a container as it was at a snapshot: a durable handle of its own, through which every target reads at the snapshot's epoch and
/// refuses changes (DER_NO_PERM).
/// </summary>
internal sealed class SnapshotOpenHandler(EngineContext engine) : SnapshotHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!TryParse(request, out SnapshotRequest message))
        {
            return;
        }

        if (message.Name.Id == Guid.Empty || !message.NamesOne)
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        SnapshotEntry? snapshot = null;
        DerCode code = await ChangeAsync(default, async () =>
        {
            DerCode found = Find(message.Container, forChange: false, out ContainerEntry container);
            if (found.IsError)
            {
                return found;
            }

            snapshot = Snapshots.Find(container.Id, message.Epoch, message.Name.Label);
            return snapshot is null
                ? DerCode.Nonexist
                : await HandleOpening.OpenAsync(Engine, message.Name.Id, container.Pool, container.Id, snapshot.Epoch);
        });
        Reply(request, code, snapshot);
    }
}
