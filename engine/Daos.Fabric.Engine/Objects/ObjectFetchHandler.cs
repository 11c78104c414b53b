using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store.Io;
using ObjectTarget = Daos.Fabric.Protocol.Objects.ObjectTarget;
using StoreTarget = Daos.Fabric.Store.Io.ObjectTarget;

namespace Daos.Fabric.Engine.Objects;

/// <summary>
/// OBJ_FETCH: parse, admit, resolve, move bytes, reply. Small answers travel inside the message, straight from where they lie; large ones are
/// pushed into the client's memory piece by piece before the reply. Owned by the target's xstream.
/// </summary>
internal sealed class ObjectFetchHandler(ObjectService service)
{
    /// <summary>Handles one request.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask HandleAsync(RpcRequest request)
    {
        service.LookAhead.Run();
        DerCode code = Admit(request, out ObjectIoRequest message, out OpenContainer container);
        if (code.IsError)
        {
            request.Reply(code);
            return;
        }

        FetchPlan plan = Begin(in message, container);
        plan.VerifiesAll = (message.Target.Flags & ObjectFlags.VerifyStored) != 0;
        try
        {
            code = AddValues(in message, plan);
            code = code.IsSuccess ? await ResolveAsync(container.Shard.Store, plan) : code;
            bool isResolved = code.IsSuccess;
            code = isResolved ? CheckAnswer(in message, plan) : code;
            bool sizesOnly = (message.Target.Flags & ObjectFlags.SizesOnly) != 0 || code == DerCode.RecordTooBig;
            if (code.IsSuccess && !sizesOnly)
            {
                code = await MoveValuesAsync(request, message, plan);
            }

            if (code == DerCode.Checksum)
            {
                await MarkCorruptedAsync(container, plan);
            }

            if (code.IsSuccess || (isResolved && code == DerCode.RecordTooBig))
            {
                FetchReplying.Reply(request, in message, plan, code, service.ReadEpochOf(container, message.Target.Epoch), sizesOnly);
            }
            else
            {
                request.Reply(code);
            }
        }
        finally
        {
            plan.Free();
            container.Shard.Gate.Leave();
        }
    }

    // The client hears DER_CSUM whatever becomes of the mark: a value that could not be marked is found again by its next reader.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask MarkCorruptedAsync(OpenContainer container, FetchPlan plan)
    {
        DerCode marked = await plan.MarkCorruptedAsync();
        if (marked.IsError)
        {
            service.Log($"checksum: a damaged value of container {container.Container.Value} could not be marked: {marked}");
        }
    }

    private unsafe DerCode Admit(RpcRequest request, out ObjectIoRequest message, out OpenContainer container)
    {
        container = null!;
        DerCode code = ObjectIoRequest.Parse(request.PayloadAddress, request.PayloadBytes, isUpdate: false, out message);
        return code.IsError ? code : service.Enter(request, message.Target.ContainerHandle, out container);
    }

    private static unsafe FetchPlan Begin(in ObjectIoRequest message, OpenContainer container)
    {
        ObjectTarget asked = message.Target;
        StoreTarget target = ObjectService.StoreTargetOf(container, in asked, message.DkeyAddress, message.DkeyBytes) with
        {
            Flags = (asked.Flags & ObjectFlags.SizesOnly) != 0 ? OperationFlags.SizesOnly : OperationFlags.None,
        };
        return container.Shard.Store.BeginFetch(in target);
    }

    private static unsafe DerCode AddValues(in ObjectIoRequest message, FetchPlan plan)
    {
        foreach (Iod iod in message)
        {
            if (iod.Type == IodType.Single)
            {
                DerCode code = plan.AddSingle(iod.AkeyAddress, iod.AkeyBytes);
                if (code.IsError)
                {
                    return code;
                }

                plan.SetConditions(ObjectService.ConditionsOf(iod.Conditions));
            }

            foreach (Recx recx in iod.Recxs)
            {
                DerCode code = plan.AddExtent(iod.AkeyAddress, iod.AkeyBytes, recx.Index, recx.Count);
                if (code.IsError)
                {
                    return code;
                }

                plan.SetConditions(ObjectService.ConditionsOf(iod.Conditions));
            }
        }

        return DerCode.Success;
    }

    // What depends on an unstable record, errors too, waits for it and looks again.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> ResolveAsync(StoreShard store, FetchPlan plan)
    {
        while (true)
        {
            DerCode code = plan.Resolve();
            if (plan.DependsOn <= store.StablePosition)
            {
                return code;
            }

            DerCode stable = await store.WaitStableAsync(plan.DependsOn);
            if (stable.IsError)
            {
                return stable;
            }
        }
    }

    // DER_REC_SIZE for records of another size than asked for; DER_REC2BIG when the answer has no room where it should go: then it tells
    // the sizes only.
    private static DerCode CheckAnswer(in ObjectIoRequest message, FetchPlan plan)
    {
        int value = 0;
        foreach (Iod iod in message)
        {
            bool isArray = iod.Type == IodType.Array;
            if (isArray && iod.RecordBytes != 0 && plan.RecordBytes(value) != 0 && (ulong)plan.RecordBytes(value) != iod.RecordBytes)
            {
                return DerCode.RecSize;
            }

            value += isArray ? iod.Recxs.Length : 1;
        }

        if ((message.Target.Flags & ObjectFlags.SizesOnly) != 0)
        {
            return DerCode.Success;
        }

        long room = message.Memory.IsValid ? message.Memory.LengthBytes : ProtocolLimits.InlineBytesMax;
        return plan.TotalBytes <= room ? DerCode.Success : DerCode.RecordTooBig;
    }

    private ValueTask<DerCode> MoveValuesAsync(RpcRequest request, ObjectIoRequest message, FetchPlan plan)
    {
        if (!message.Memory.IsValid)
        {
            return plan.NeedsDataRead ? plan.GatherAsync() : new ValueTask<DerCode>(DerCode.Success);
        }

        return !plan.NeedsDataRead && plan.TotalBytes <= StagingBuffers.BufferBytes
            ? PushTogetherAsync(request, message.Memory, plan)
            : PushPiecesAsync(request, message.Memory, plan);
    }

    // Everything lies in the arena: copied once, pushed once.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> PushTogetherAsync(RpcRequest request, RemoteMemory memory, FetchPlan plan)
    {
        if (plan.TotalBytes == 0)
        {
            return DerCode.Success;
        }

        DerCode code = plan.Hold();
        if (code.IsError)
        {
            return code;
        }

        OwnedBuffer staging = await service.Staging.RentAsync();
        try
        {
            return await PushCopied(request, memory, plan, staging);
        }
        finally
        {
            service.Staging.Return(staging);
        }
    }

    private static unsafe ValueTask<DerCode> PushCopied(RpcRequest request, RemoteMemory memory, FetchPlan plan, OwnedBuffer staging)
    {
        byte* destination = staging.Address;
        for (int value = 0; value < plan.Count; value++)
        {
            plan.CopyTo(value, destination);
            destination += plan.ValueBytes(value);
        }

        ObjectFaults.CorruptFetched(request, staging.Address, plan.TotalBytes);
        return request.PushAsync(memory, 0, staging.Address, (int)plan.TotalBytes);
    }

    // One piece at a time through one media buffer; a piece of the arena is pushed from the plan's copy.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> PushPiecesAsync(RpcRequest request, RemoteMemory memory, FetchPlan plan)
    {
        DerCode code = plan.Hold();
        long valueOffsetBytes = 0;
        int value = 0;
        for (int i = 0; i < plan.PieceCount && code.IsSuccess; i++)
        {
            code = await plan.LoadAsync(i);
            if (code.IsError)
            {
                return code;
            }

            for (; value < plan.Piece(i).Value; value++)
            {
                valueOffsetBytes += plan.ValueBytes(value);
            }

            code = await PushPieceAsync(request, memory, plan, i, valueOffsetBytes);
        }

        return code;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> PushPieceAsync(RpcRequest request, RemoteMemory memory, FetchPlan plan, int piece, long valueOffsetBytes)
    {
        long lengthBytes = plan.Piece(piece).LengthBytes;
        int stepBytes = StepBytes(plan, piece);
        for (long done = 0; done < lengthBytes; done += stepBytes)
        {
            DerCode code = await PushStep(request, memory, plan, piece, valueOffsetBytes, done, (int)Math.Min(stepBytes, lengthBytes - done));
            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }

    private static unsafe int StepBytes(FetchPlan plan, int piece) =>
        plan.Piece(piece).Address == null ? ObjectService.ZeroBytes : FetchPlan.GatheredBytesMax;

    private unsafe ValueTask<DerCode> PushStep(
        RpcRequest request, RemoteMemory memory, FetchPlan plan, int piece, long valueOffsetBytes, long done, int lengthBytes)
    {
        FetchPiece found = plan.Piece(piece);
        ObjectFaults.CorruptFetched(request, found.Address, found.LengthBytes);
        byte* source = found.Address == null ? service.Zeros : found.Address + done;
        return request.PushAsync(memory, valueOffsetBytes + found.OffsetBytes + done, source, lengthBytes);
    }
}
