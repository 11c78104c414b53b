using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Client.Objects;
using Daos.Fabric.Client.Sessions;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Engines;

/// <summary>The multi-level object API: one dkey per block with one akey that holds a single value.</summary>
internal sealed class ObjectEngine(JobOptions options, int copy, OwnerLoop loop) : SessionEngine(options, copy, loop)
{
    private static readonly byte[] s_akey = Targets.Akey.ToArray();

    private readonly Dictionary<int, DaosFetchIod[]> _fetches = [];
    private ObjectSession _session = null!;

    internal override ValueTask<DerCode> WriteAsync(IoSlot slot, long block)
    {
        Span<byte> dkey = stackalloc byte[Targets.KeyBytes];
        Targets.WriteKey(dkey, block);
        DaosUpdateIod iod = DaosUpdateIod.Single(s_akey, slot.WriteMemory);
        return _session.UpdateAsync(dkey, new ReadOnlySpan<DaosUpdateIod>(in iod));
    }

    internal override ValueTask<DerCode> ReadAsync(IoSlot slot, long block)
    {
        Span<byte> dkey = stackalloc byte[Targets.KeyBytes];
        Targets.WriteKey(dkey, block);
        if (!_fetches.TryGetValue(slot.Index, out DaosFetchIod[]? iods))
        {
            _fetches.Add(slot.Index, iods = [DaosFetchIod.Single(s_akey, slot.ReadMemory)]);
        }

        return FetchAsync(_session.FetchAsync(dkey, iods), iods, slot.BlockBytes);
    }

    protected override void Open(ContainerSession container) =>
        _session = container.OpenObject(Targets.ObjectOf(Options, Copy, ObjectType.MultiHashed));

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> FetchAsync(ValueTask<DerCode> task, DaosFetchIod[] iods, int expectedBytes)
    {
        DerCode code = await task;
        return code.IsError || iods[0].DeliveredBytes == expectedBytes ? code : DerCode.Truncated;
    }
}
