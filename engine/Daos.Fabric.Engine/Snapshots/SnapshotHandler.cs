using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Engine.Snapshots;

/// <summary>What the handlers of snapshot requests have in common: they name a container by its handle. Owned by the system xstream.</summary>
internal abstract class SnapshotHandler(EngineContext engine) : ServiceHandler(engine)
{
    protected SnapshotIndex Snapshots => Directory.Snapshots;

    /// <summary>
    /// The container behind a handle. DER_NO_HDL; DER_NO_PERM for a change through a handle on a snapshot, which is there to read.
    /// </summary>
    protected DerCode Find(Guid handle, bool forChange, out ContainerEntry container)
    {
        container = null!;
        HandleEntry? open = Directory.FindHandle(handle);
        if (open is null || open.Kind != RecordKind.ContainerHandle || Directory.FindContainer(open.Container) is not { } found)
        {
            return DerCode.NoHandle;
        }

        container = found;
        return forChange && open.Snapshot.IsSet ? DerCode.NoPerm : DerCode.Success;
    }

    /// <summary>Answers with the snapshot's epoch, or the failure.</summary>
    protected static void Reply(RpcRequest request, DerCode code, SnapshotEntry? snapshot)
    {
        if (code.IsError || snapshot is null)
        {
            // Done before, and gone since: there is no epoch to tell.
            request.Reply(code.IsError ? code : DerCode.Nonexist);
            return;
        }

        EpochReply.Write(request.BeginReply(EpochReply.SizeBytes), snapshot.Epoch);
        request.EndReply(EpochReply.SizeBytes, DerCode.Success);
    }

    /// <summary>Parses a request; answers DER_PROTO itself when it is malformed.</summary>
    protected static bool TryParse(RpcRequest request, out SnapshotRequest message)
    {
        bool isGood = SnapshotRequest.TryRead(request.Payload, out message);
        if (!isGood)
        {
            request.Reply(DerCode.Protocol);
        }

        return isGood;
    }
}
