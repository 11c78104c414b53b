using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Engine.Snapshots;

/// <summary>
/// Creates a snapshot that is the same moment on every target: aggregation is held, the epoch minted, the durable intention written; then each
/// target raises the container's read timestamp to the epoch and waits for smaller modifications, and only when all have, each makes it durable.
/// The last record makes it exist, together with the result that a resend gets. What a crash leaves in between is removed at the next start.
/// </summary>
internal sealed class SnapshotCreateHandler(EngineContext engine) : SnapshotHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!TryParse(request, out SnapshotRequest message))
        {
            return;
        }

        if (message.Name.Id == Guid.Empty)
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        ModificationInfo identity = IdentityOf(request);
        DerCode code = await ChangeAsync(identity, () => CreateAsync(message, identity));
        Reply(request, code, Snapshots.Find(message.Name.Id));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> CreateAsync(SnapshotRequest message, ModificationInfo identity)
    {
        DerCode code = Find(message.Container, forChange: true, out ContainerEntry container);
        if (code.IsError)
        {
            return code;
        }

        if (Snapshots.Find(message.Name.Id) is { State: not RecordState.Ready } left)
        {
            // An earlier attempt failed, and so did taking it back.
            code = await SnapshotRemoval.RemoveAsync(Engine, container.Pool, left, default);
            if (code.IsError)
            {
                return code;
            }
        }

        if (Snapshots.Find(message.Name.Id) is not null || Snapshots.IsTaken(container.Id, message.Name.Label))
        {
            return DerCode.Exists;
        }

        if (Snapshots.CountOf(container.Id) >= Limits.SnapshotsMax)
        {
            return DerCode.Overflow;
        }

        code = await Engine.OnServingTargetsAsync(target => new ValueTask<DerCode>(ShardSnapshots.Hold(target, container.Pool)));
        code = code.IsSuccess ? await CreateHeldAsync(message, container, identity) : code;
        await Engine.OnTargetsAsync(target => new ValueTask<DerCode>(ShardSnapshots.Release(target, container.Pool)));
        return code;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> CreateHeldAsync(SnapshotRequest message, ContainerEntry container, ModificationInfo identity)
    {
        DerCode code = await Directory.Records.AdmitAsync();
        code = code.IsSuccess ? Engine.Hlc.TryNext(out ulong minted) : Fail(code, out minted);
        if (code.IsError)
        {
            // DER_AGAIN: the clock stands at its ceiling. The client comes again.
            return code;
        }

        var snapshot = new SnapshotEntry(message.Name.Id, container.Id, new Epoch(minted), message.Name.Label, RecordState.Creating);
        code = await Directory.Records.PutAsync(snapshot);
        if (code.IsError)
        {
            return code;
        }

        Snapshots.Add(snapshot);
        code = await Engine.OnServingTargetsAsync(target => ShardSnapshots.SettleAsync(target, container.Pool, container.Id, snapshot.Epoch));
        code = code.IsSuccess
            ? await Engine.OnServingTargetsAsync(target => ShardSnapshots.CreateAsync(target, container.Pool, container.Id, snapshot.Epoch))
            : code;
        if (code.IsSuccess)
        {
            snapshot.State = RecordState.Ready;
            code = await Directory.Records.PutAsync(snapshot, identity);
        }

        if (code.IsError)
        {
            // When that fails as well it stays as one that is being made, which nobody can name, until a resend or the next start.
            snapshot.State = RecordState.Creating;
            _ = await SnapshotRemoval.RemoveAsync(Engine, container.Pool, snapshot, default);
        }

        return code;
    }

    private static DerCode Fail(DerCode code, out ulong minted)
    {
        minted = 0;
        return code;
    }
}
