using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Engine.Services;

/// <content>Slots as values of the store, through native scratch memory: dkey, akey, value.</content>
internal sealed partial class SystemRecords
{
    private const int AkeyOffset = 8;
    private const int ValueOffset = 64;

    // Any fixed identifier: the system store has one container.
    private static readonly ContainerId s_container = new(new Guid("6b1d9c1e-5f0a-4c57-9d3b-0a5d0f5e7a01"));

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> MakeContainerAsync()
    {
        while (true)
        {
            DerCode code = await _store.AdmitAsync();
            if (code.IsError)
            {
                return code;
            }

            code = _store.CreateContainer(s_container, out LogPosition position);
            if (code != DerCode.Again)
            {
                return code.IsError ? code : await _store.WaitStableAsync(position);
            }
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WriteSlotAsync(RecordKind kind, ulong slot, Guid key, ReadOnlyMemory<byte> payload, ModificationInfo identity)
    {
        while (true)
        {
            DerCode code = await _store.AdmitAsync();
            if (code.IsError)
            {
                return code;
            }

            code = CommitSlot(kind, slot, key, payload.Span, identity, out LogPosition position);
            if (code == DerCode.Again || (code == DerCode.NoSpace && await _store.MakeSpaceAsync()))
            {
                continue;
            }

            DerCode stable = await _store.WaitStableAsync(position);
            return code.IsError ? code : stable;
        }
    }

    private unsafe DerCode CommitSlot(
        RecordKind kind, ulong slot, Guid key, ReadOnlySpan<byte> payload, ModificationInfo identity, out LogPosition position)
    {
        int keyBytes = key == Guid.Empty ? 0 : 16;
        byte* value = _scratch.Address + ValueOffset;
        var room = new Span<byte>(value, RecordBytesMax);
        if (keyBytes > 0)
        {
            key.TryWriteBytes(room, bigEndian: true, out _);
        }

        payload.CopyTo(room[keyBytes..]);
        UpdatePlan plan = _store.BeginUpdate(TargetOf(kind, slot) with { Modification = IdOf(identity) });
        position = default;
        try
        {
            DerCode code = plan.AddSingle(_scratch.Address + AkeyOffset, 1, keyBytes + payload.Length, ChecksumInfo.None);
            if (code.IsError)
            {
                return code;
            }

            plan.SetSource(0, value);
            return plan.Commit(out position, out _);
        }
        finally
        {
            plan.Free();
        }
    }

    // The number of bytes; 0 for a slot that was never written or is free.
    private unsafe int ReadSlot(RecordKind kind, ulong slot, Span<byte> destination)
    {
        FetchPlan plan = _store.BeginFetch(TargetOf(kind, slot));
        try
        {
            DerCode code = plan.AddSingle(_scratch.Address + AkeyOffset, 1);
            code = code.IsSuccess ? plan.Resolve() : code;
            if (code.IsError || plan.NeedsDataRead || plan.ValueBytes(0) > destination.Length)
            {
                throw Failure(code.IsError ? code : DerCode.DfInval, "the system store holds a record that cannot be read");
            }

            fixed (byte* room = destination)
            {
                plan.CopyTo(0, room);
            }

            return (int)plan.ValueBytes(0);
        }
        finally
        {
            plan.Free();
        }
    }

    private unsafe ObjectTarget TargetOf(RecordKind kind, ulong slot)
    {
        byte* scratch = _scratch.Address;
        *(ulong*)scratch = slot;
        scratch[AkeyOffset] = (byte)'r';
        return new ObjectTarget
        {
            Container = s_container,
            Object = ObjectId.Create(0, (ulong)kind, ObjectType.DkeyUInt64),
            Dkey = scratch,
            DkeyLength = sizeof(ulong),
        };
    }

    private static ModificationId IdOf(ModificationInfo identity) => new(identity.ClientId, identity.Sequence, identity.LowestUnanswered);
}
