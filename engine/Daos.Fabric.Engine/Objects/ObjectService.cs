using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Protocol.Placement;
using Daos.Fabric.Store.Io;
using ObjectTarget = Daos.Fabric.Protocol.Objects.ObjectTarget;
using StoreTarget = Daos.Fabric.Store.Io.ObjectTarget;

namespace Daos.Fabric.Engine.Objects;

/// <summary>What the object handlers of one target share: admission of requests and staging memory. Owned by the target's xstream.</summary>
internal sealed class ObjectService(EngineXstream xstream) : IDisposable
{
    /// <summary>Bytes at <see cref="Zeros"/>.</summary>
    public const int ZeroBytes = 64 * 1024;

    private const uint ConditionBits = 0xFF;

    private readonly NativeSlab _zeros = new(ZeroBytes);

    /// <summary>Zeroes, from which holes are pushed.</summary>
    public unsafe byte* Zeros => _zeros.Address;

    /// <summary>Memory for values on their way between a client's memory and the arena.</summary>
    public StagingBuffers Staging { get; } = new(xstream.Xstream);

    /// <summary>Looks ahead of updates and fetches that wait.</summary>
    public ObjectLookAhead LookAhead { get; } = new(xstream);

    /// <summary>Frees its memory, once the xstream has stopped.</summary>
    public void Dispose()
    {
        _zeros.Dispose();
        Staging.Dispose();
    }

    /// <summary>
    /// Admits a request: its tag is this target's, its handle is open and the engine is not stopping. On success the shard's gate was
    /// entered and must be left. DER_BAD_TARGET, DER_NO_HDL, DER_SHUTDOWN, DER_NVME_IO (the target's device is faulty).
    /// </summary>
    public DerCode Enter(RpcRequest request, Guid handle, out OpenContainer container)
    {
        container = null!;
        if (Tags.TargetOf(request.Tag) != xstream.Target)
        {
            return DerCode.BadTarget;
        }

        if (xstream.Requests.IsClosed)
        {
            return DerCode.Shutdown;
        }

        if (!xstream.Device.IsServing)
        {
            return DerCode.NvmeIo;
        }

        OpenContainer? open = xstream.Handles.Find(handle);
        if (open is null)
        {
            return DerCode.NoHandle;
        }

        container = open;
        return open.Shard.Gate.TryEnter() ? DerCode.Success : DerCode.NoHandle;
    }

    /// <summary>As <see cref="Enter"/>, for a change: DER_NO_PERM through a handle on a snapshot.</summary>
    public DerCode EnterForChange(RpcRequest request, Guid handle, out OpenContainer container)
    {
        DerCode code = Enter(request, handle, out container);
        if (code.IsSuccess && container.Snapshot.IsSet)
        {
            container.Shard.Gate.Leave();
            return DerCode.NoPerm;
        }

        return code;
    }

    /// <summary>
    /// Checks that a dkey belongs here: what is written elsewhere would never be found again. DER_BAD_TARGET.
    /// </summary>
    public DerCode CheckPlacement(in ObjectTarget target, ReadOnlySpan<byte> dkey) =>
        DkeyHash.Compute(target.ObjectId, dkey) == target.DkeyHash
        && ObjectPlacement.TargetOf(target.ObjectId, target.DkeyHash, xstream.Engine.TargetCount) == xstream.Target
            ? DerCode.Success
            : DerCode.BadTarget;

    /// <summary>What the reply to a read tells as its epoch: the one that was read at, or the newest given out.</summary>
    public Epoch ReadEpochOf(OpenContainer container, Epoch asked)
    {
        Epoch epoch = EpochOf(container, asked);
        return epoch.IsSet ? epoch : new Epoch(xstream.Engine.Hlc.Last);
    }

    /// <summary>Tells the operator.</summary>
    public void Log(string sentence) => xstream.Engine.Log(sentence);

    /// <summary>A handle on a snapshot reads there, whatever is asked.</summary>
    private static Epoch EpochOf(OpenContainer container, Epoch asked) => container.Snapshot.IsSet ? container.Snapshot : asked;

    /// <summary>A request's target as the store names it.</summary>
    public static unsafe StoreTarget StoreTargetOf(OpenContainer container, in ObjectTarget target, byte* dkey, int dkeyBytes) => new()
    {
        Container = container.Container,
        Object = target.ObjectId,
        Dkey = dkey,
        DkeyLength = dkeyBytes,
        Epoch = EpochOf(container, target.Epoch),
        Conditions = ConditionsOf(target.Flags),
    };

    /// <summary>Who asks for a modification, as the store keeps it with the result.</summary>
    public static ModificationId IdentityOf(RpcRequest request)
    {
        ref readonly ModificationInfo modification = ref request.Modification;
        return new ModificationId(modification.ClientId, modification.Sequence, modification.LowestUnanswered);
    }

    /// <summary>Conditions as the store names them: DAOS's bits on both sides.</summary>
    public static UpdateConditions ConditionsOf(ObjectFlags flags) => (UpdateConditions)((uint)flags & ConditionBits);
}
