using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Metadata.Embedded;

/// <content>What touches native memory: keys, records and checksums of plans.</content>
internal sealed unsafe partial class SlotStore
{
    // Any fixed identifier: the shard has one container.
    private static readonly ContainerId s_container = new(new Guid("3a2f6f0c-92a4-4b8e-8f6d-4c1d0e9b7a55"));
    private static readonly ObjectId s_object = ObjectId.Create(0, 1, ObjectType.MultiUInt64);

    private readonly NativeSlab _scratch = new(NativeSlab.PageBytes);
    private readonly NativeSlab _checksums = new(NativeSlab.PageBytes);

    // Values in the data file are checked when they are read; those in the arena lie under the checksums of log and checkpoint.
    private DerCode Describe(UpdatePlan plan, SlotBatch batch)
    {
        var checksums = (uint*)_checksums.Address;
        for (int i = 0; i < batch.Count; i++)
        {
            checksums[i] = Crc32C.Compute(new ReadOnlySpan<byte>(batch.RecordOf(i), batch.BytesOf(i)));
            var checksum = new ChecksumInfo { Type = ChecksumType.Crc32C, Values = checksums + i, Count = 1 };
            DerCode code = plan.AddSingle(batch.AkeyOf(i), sizeof(long), batch.BytesOf(i), batch.BytesOf(i) == 0 ? ChecksumInfo.None : checksum);
            if (code.IsError)
            {
                return code;
            }

            if (plan.PartCount(i) == 0)
            {
                plan.SetSource(i, batch.RecordOf(i));
            }
        }

        return DerCode.Success;
    }

    private static void Fill(UpdatePlan plan, SlotBatch batch, int index) =>
        new ReadOnlySpan<byte>(batch.RecordOf(index), batch.BytesOf(index)).CopyTo(new Span<byte>(plan.PartAddress, plan.PartBytes));

    private UpdatePlan BeginUpdate() => _shard.BeginUpdate(Target);

    private FetchPlan BeginFetch(long slot)
    {
        *(long*)(_scratch.Address + sizeof(long)) = slot;
        return _shard.BeginFetch(Target);
    }

    private DerCode AddAkey(FetchPlan plan) => plan.AddSingle(_scratch.Address + sizeof(long), sizeof(long));

    private static byte[] Copy(FetchPlan plan)
    {
        byte[] bytes = new byte[plan.ValueBytes(0)];
        fixed (byte* to = bytes)
        {
            plan.CopyTo(0, to);
        }

        return bytes;
    }

    // The dkey is the number 0: the first bytes of the scratch page.
    private ObjectTarget Target => new()
    {
        Container = s_container,
        Object = s_object,
        Dkey = _scratch.Address,
        DkeyLength = sizeof(long),
    };
}
