using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Io;
using ObjectTarget = Daos.Fabric.Protocol.Objects.ObjectTarget;
using StoreTarget = Daos.Fabric.Store.Io.ObjectTarget;

namespace Daos.Fabric.Engine.Objects;

/// <summary>
/// OBJ_UPDATE: parse, admit, plan, move bytes, commit, wait until stable, reply. The values come inside the message or are pulled from the
/// client's memory; large ones go to the data file before the commit. Owned by the target's xstream.
/// </summary>
internal sealed class ObjectUpdateHandler(ObjectService service)
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

        UpdatePlan plan = Begin(request, in message, container);
        plan.VerifiesChecksums = container.Properties.VerifyOnServer;
        OwnedBuffer? staging = null;
        try
        {
            code = AddValues(in message, plan);
            ObjectFaults.CorruptInline(request, in message);
            if (code.IsSuccess && message.Memory.IsValid && HasArenaValues(plan))
            {
                staging = await service.Staging.RentAsync();
            }

            Epoch epoch = Epoch.None;
            if (code.IsSuccess)
            {
                code = await MoveValuesAsync(request, message, plan, staging);
            }

            if (code.IsSuccess)
            {
                (code, epoch) = await CommitAsync(container.Shard.Store, plan);
            }

            EpochReplying.Reply(request, code, epoch);
        }
        finally
        {
            plan.Free();
            if (staging is not null)
            {
                service.Staging.Return(staging);
            }

            container.Shard.Gate.Leave();
        }
    }

    private unsafe DerCode Admit(RpcRequest request, out ObjectIoRequest message, out OpenContainer container)
    {
        container = null!;
        DerCode code = ObjectIoRequest.Parse(request.PayloadAddress, request.PayloadBytes, isUpdate: true, out message);
        if (code.IsError)
        {
            return code;
        }

        ObjectTarget target = message.Target;
        code = service.CheckPlacement(in target, message.Dkey);
        return code.IsError ? code : service.EnterForChange(request, target.ContainerHandle, out container);
    }

    private static unsafe UpdatePlan Begin(RpcRequest request, in ObjectIoRequest message, OpenContainer container)
    {
        ObjectTarget asked = message.Target;
        StoreTarget target = ObjectService.StoreTargetOf(container, in asked, message.DkeyAddress, message.DkeyBytes) with
        {
            // Epochs are minted here; a resend finds its first one with its result.
            Epoch = Epoch.None,
            Modification = ObjectService.IdentityOf(request),
        };
        return container.Shard.Store.BeginUpdate(in target);
    }

    private static unsafe DerCode AddValues(in ObjectIoRequest message, UpdatePlan plan)
    {
        byte* inline = message.InlineValues;
        foreach (Iod iod in message)
        {
            DerCode code = iod.Type == IodType.Single ? AddSingle(in iod, plan, ref inline) : AddExtents(in iod, plan, ref inline);
            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }

    private static unsafe DerCode AddSingle(in Iod iod, UpdatePlan plan, ref byte* inline)
    {
        ChecksumInfo checksum = ChecksumOf(in iod, 0, iod.Checksums.IsEmpty ? 0 : 1, 0);
        DerCode code = plan.AddSingle(iod.AkeyAddress, iod.AkeyBytes, iod.ValueBytes, in checksum);
        if (code.IsSuccess)
        {
            plan.SetConditions(ObjectService.ConditionsOf(iod.Conditions));
        }

        return code.IsError ? code : GiveInline(plan, iod.ValueBytes, ref inline);
    }

    private static unsafe DerCode AddExtents(in Iod iod, UpdatePlan plan, ref byte* inline)
    {
        int checksumsUsed = 0;
        foreach (Recx recx in iod.Recxs)
        {
            long valueBytes = (long)(recx.Count * iod.RecordBytes);
            DerCode code;
            if (iod.RecordBytes == 0)
            {
                code = plan.AddHole(iod.AkeyAddress, iod.AkeyBytes, recx.Index, recx.Count);
            }
            else
            {
                int checksums = iod.ChecksumType == ChecksumType.None
                    ? 0
                    : (int)ObjectLayout.ExtentChecksumCount(recx.Index * iod.RecordBytes, valueBytes, (uint)iod.ChunkBytes);
                ChecksumInfo checksum = ChecksumOf(in iod, checksumsUsed, checksums, (uint)iod.ChunkBytes);
                checksumsUsed += checksums;
                code = plan.AddExtent(iod.AkeyAddress, iod.AkeyBytes, (int)iod.RecordBytes, recx.Index, recx.Count, in checksum);
            }

            if (code.IsSuccess)
            {
                plan.SetConditions(ObjectService.ConditionsOf(iod.Conditions));
                code = GiveInline(plan, valueBytes, ref inline);
            }

            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }

    private static unsafe ChecksumInfo ChecksumOf(in Iod iod, int first, int count, uint chunkBytes)
    {
        if (iod.ChecksumType == ChecksumType.None || count == 0)
        {
            return ChecksumInfo.None;
        }

        fixed (uint* values = iod.Checksums)
        {
            // The message lies in native memory and stays there until the handler ends: nothing is pinned here.
            return new ChecksumInfo
            {
                Type = iod.ChecksumType,
                ChunkBytes = chunkBytes,
                Values = values + (first * ChecksumTypes.Words(iod.ChecksumType)),
                Count = count,
            };
        }
    }

    // Small values are used where they lie in the message.
    private static unsafe DerCode GiveInline(UpdatePlan plan, long valueBytes, ref byte* inline)
    {
        if (inline != null)
        {
            int value = plan.Count - 1;
            if (plan.PartCount(value) == 0 && valueBytes > 0)
            {
                plan.SetSource(value, inline);
            }

            inline += valueBytes;
        }

        return DerCode.Success;
    }

    private static bool HasArenaValues(UpdatePlan plan)
    {
        for (int i = 0; i < plan.Count; i++)
        {
            if (plan.PartCount(i) == 0 && plan.ValueBytes(i) > 0)
            {
                return true;
            }
        }

        return false;
    }

    // Values for the data file are written part by part; neighbouring arena values are pulled together.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> MoveValuesAsync(RpcRequest request, ObjectIoRequest message, UpdatePlan plan, OwnedBuffer? staging)
    {
        long offsetBytes = 0;
        int stagedBytes = 0;
        for (int value = 0; value < plan.Count; value++)
        {
            DerCode code = DerCode.Success;
            int parts = plan.PartCount(value);
            for (int part = 0; part < parts && code.IsSuccess; part++)
            {
                await plan.OpenPartAsync(value);
                code = await MovePartAsync(request, message, plan, offsetBytes);
                plan.ClosePart();
                offsetBytes += plan.PartBytes;
            }

            if (parts == 0 && plan.ValueBytes(value) > 0)
            {
                int runBytes = staging is null ? (int)plan.ValueBytes(value) : SetStagedRun(plan, ref value, staging, stagedBytes);
                code = staging is null ? code : await PullStaged(request, message.Memory, offsetBytes, staging, stagedBytes, runBytes);
                ObjectFaults.CorruptStaged(request, staging, stagedBytes);
                stagedBytes += runBytes;
                offsetBytes += runBytes;
            }

            if (code.IsError)
            {
                return code;
            }
        }

        return await plan.FlushDataAsync();
    }

    // Both steps are asked for at once, and the first is written while the second arrives.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> MovePartAsync(RpcRequest request, ObjectIoRequest message, UpdatePlan plan, long offsetBytes)
    {
        int firstBytes = plan.FirstStepBytes;
        int secondBytes = plan.PartBytes - firstBytes;
        ValueTask<DerCode> firstFill = Fill(request, in message, plan, offsetBytes, 0, firstBytes);
        ValueTask<DerCode> secondFill = Fill(request, in message, plan, offsetBytes, firstBytes, secondBytes);
        DerCode filled = await firstFill;
        ObjectFaults.CorruptPulled(request, in message, plan);
        ValueTask<DerCode> firstWrite = filled.IsSuccess ? plan.WriteStepAsync() : new ValueTask<DerCode>(filled);
        DerCode second = await secondFill;
        if (second.IsSuccess && filled.IsSuccess && secondBytes > 0)
        {
            second = await plan.WriteStepAsync();
        }

        DerCode first = await firstWrite;
        return first.IsError ? first : second;
    }

    private static unsafe ValueTask<DerCode> Fill(
        RpcRequest request, in ObjectIoRequest message, UpdatePlan plan, long offsetBytes, int startBytes, int lengthBytes)
    {
        if (lengthBytes == 0)
        {
            return new ValueTask<DerCode>(DerCode.Success);
        }

        byte* destination = plan.PartAddress + startBytes;
        if (message.Memory.IsValid)
        {
            return request.PullAsync(message.Memory, offsetBytes + startBytes, destination, lengthBytes);
        }

        Buffer.MemoryCopy(message.InlineValues + offsetBytes + startBytes, destination, lengthBytes, lengthBytes);
        return new ValueTask<DerCode>(DerCode.Success);
    }

    // Gives this value and the arena values right after it their places; afterwards value is the last of them.
    private static unsafe int SetStagedRun(UpdatePlan plan, ref int value, OwnedBuffer staging, int stagedBytes)
    {
        int runBytes = 0;
        int last = value;
        for (int i = value; i < plan.Count && plan.PartCount(i) == 0; i++)
        {
            if (plan.ValueBytes(i) > 0)
            {
                plan.SetSource(i, staging.Address + stagedBytes + runBytes);
                runBytes += (int)plan.ValueBytes(i);
            }

            last = i;
        }

        value = last;
        Invariant.Check(stagedBytes + runBytes <= staging.LengthBytes);
        return runBytes;
    }

    private static unsafe ValueTask<DerCode> PullStaged(
        RpcRequest request, RemoteMemory memory, long offsetBytes, OwnedBuffer staging, int stagedBytes, int lengthBytes) =>
        request.PullAsync(memory, offsetBytes, staging.Address + stagedBytes, lengthBytes);

    // Once committed the answer waits until its record is stable, errors too: they may depend on a record that is not yet.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<(DerCode Code, Epoch Epoch)> CommitAsync(StoreShard store, UpdatePlan plan)
    {
        while (true)
        {
            DerCode admitted = await plan.AdmitAsync();
            if (admitted.IsError)
            {
                return (admitted, Epoch.None);
            }

            DerCode code = plan.Commit(out LogPosition position, out Epoch epoch);
            if (code == DerCode.Again)
            {
                continue;
            }

            DerCode stable = await store.WaitStableAsync(position);
            return (stable.IsError ? stable : code, epoch);
        }
    }
}
