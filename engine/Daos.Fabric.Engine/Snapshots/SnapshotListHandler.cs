using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Engine.Snapshots;

/// <summary>Lists the snapshots of a container by rising epoch, after the one that the request names.</summary>
internal sealed class SnapshotListHandler(EngineContext engine) : SnapshotHandler(engine)
{
    protected override ValueTask ServeAsync(RpcRequest request)
    {
        if (!TryParse(request, out SnapshotRequest message))
        {
            return default;
        }

        DerCode code = Find(message.Container, forChange: false, out ContainerEntry container);
        if (code.IsError)
        {
            request.Reply(code);
            return default;
        }

        IEnumerable<SnapshotEntry> snapshots = Snapshots.Of(container.Id).Where(s => s.State == RecordState.Ready && s.Epoch > message.Epoch);
        var list = new SnapshotList([.. snapshots.Take(ProtocolLimits.ListMax).Select(static s => (s.Epoch, s.Name))]);
        request.EndReply(list.Write(request.BeginReply(SnapshotList.BytesMax)), DerCode.Success);
        return default;
    }
}
