using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Checking;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>Snapshots, aggregation and discard.</summary>
internal sealed partial class ObjectFixture
{
    internal (DerCode Code, ulong Epoch) CreateSnapshot(ulong at = 0)
    {
        (DerCode, ulong) made = default;
        Run(() =>
        {
            made = (Shard.CreateSnapshot(Container, new Epoch(at), out Epoch epoch, out LogPosition position), epoch.Value);
            return Shard.WaitStableAsync(position);
        });
        return made;
    }

    internal ulong Snapshot()
    {
        (DerCode code, ulong epoch) = CreateSnapshot();
        Assert.Equal(DerCode.Success, code);
        return epoch;
    }

    internal DerCode DestroySnapshot(ulong epoch)
    {
        DerCode code = default;
        Run(() =>
        {
            code = Shard.DestroySnapshot(Container, new Epoch(epoch), out LogPosition position);
            return Shard.WaitStableAsync(position);
        });
        return code;
    }

    internal ulong[] Snapshots()
    {
        var found = new Epoch[2000];
        int count = 0;
        On(() => Assert.Equal(DerCode.Success, Shard.ListSnapshots(Container, Epoch.None, found, out count)));
        return [.. found.Take(count).Select(epoch => epoch.Value)];
    }

    internal DerCode Aggregate(ulong through = ulong.MaxValue, bool isTight = false) =>
        Run(() => Shard.AggregateAsync(new Epoch(through), new AggregationControl { IsTight = isTight }));

    internal DerCode Discard(ulong first, ulong last, ObjectId? only = null) =>
        Run(() => Shard.DiscardAsync(new DiscardScope(Container, only, first, last), new AggregationControl { IsTight = true }));

    internal (DerCode Code, Epoch Epoch) Write(string dkey, string akey, int recordBytes, params (ulong Start, ulong Count, byte[]? Data)[] ranges) =>
        Run(() => Calls.WriteAsync(Keys(dkey, akey), recordBytes, ranges));

    internal (DerCode Code, byte[]? Bytes, bool[] Map) Read(string dkey, string akey, ulong start, ulong count, ulong epoch = 0) =>
        Run(() => Calls.ReadAsync(Keys(dkey, akey, epoch), start, count));

    /// <summary>What the container's trees hold, counted.</summary>
    internal Census Count()
    {
        var census = new Census();
        On(() => census.Take(Shard));
        return census;
    }
}
