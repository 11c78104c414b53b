using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Tests.Checking;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Scattered;

/// <summary>
/// S2 for scattered values: the power goes at every persist point on the way from a value in many runs to another, and to the aggregation that
/// frees the first. What opens again shows one of the two whole, the new one once it was answered, and no block is lost or used twice.
/// </summary>
[Trait("Id", "S2")]
public class ScatteredCrashTests
{
    // One of them is what the file kept in reserve, and longer than a hole.
    private const int RunsMin = Runs - 2;
    private const int Runs = 7;
    private const int VisitsMax = 2 * Runs;

    [Fact]
    public void PowerCut_AtEveryPersistPointOfAScatteredValue_LeavesOneValueWholeAndNoBlockLost()
    {
        var cuts = new List<(PersistPoint Point, DiskImage Image, bool IsAnswered)>();
        var visits = new Dictionary<PersistPoint, int>();
        ScatteredFixture? fixture = null;
        bool notes = false;
        bool isAnswered = false;
        ulong seed = 0;
        fixture = new ScatteredFixture(holeBlocks: 10, 4 << 20, isVolatile: false, options => options with { OnPersist = Note });
        byte[] before = ScatteredFixture.Bytes(Runs * fixture.HoleBytes, 1);
        byte[] after = ScatteredFixture.Bytes((Runs * fixture.HoleBytes) - 5000, 2);
        Assert.Equal(DerCode.Success, fixture.Store.Put("d", "a", before).Code);
        notes = true;
        Assert.Equal(DerCode.Success, fixture.Store.Put("d", "a", after).Code);
        isAnswered = true;
        Assert.Equal(DerCode.Success, fixture.Store.Aggregate(isTight: true));
        Assert.Equal(DerCode.Success, fixture.Store.Run(() => fixture.Shard.CheckpointAsync(isClean: false)));
        notes = false;
        Assert.Equal(2, fixture.Shard.Statistics.ScatteredValues);
        PersistPoint[] expected =
        [
            PersistPoint.BeforeDataWrite, PersistPoint.AfterDataWrite, PersistPoint.BeforeDataFlush, PersistPoint.BeforeDataPublish,
            PersistPoint.AfterDataPublish, PersistPoint.BeforeDataFree, PersistPoint.AfterDataFree,
        ];
        Assert.All(expected, point => Assert.Contains(point, visits.Keys));
        Assert.True(visits[PersistPoint.BeforeDataPublish] >= RunsMin, "the runs were not published one by one");
        Assert.True(visits[PersistPoint.BeforeDataFree] >= RunsMin, "the runs were not freed one by one");
        foreach ((PersistPoint point, DiskImage image, bool answered) in cuts)
        {
            Judge(image, before, after, answered, point.ToString());
        }

        void Note(PersistPoint point)
        {
            if (!notes)
            {
                return;
            }

            int visit = visits[point] = visits.GetValueOrDefault(point) + 1;
            if (visit <= VisitsMax)
            {
                cuts.Add((point, fixture!.Store.World.Node.Disk.Capture().AfterPowerCut(++seed), isAnswered));
            }
        }
    }

    private static void Judge(DiskImage image, byte[] before, byte[] after, bool isAnswered, string what)
    {
        using var world = new StoreWorld(1);
        world.Node.Disk.Restore(image);
        Inspector.AssertSound(world, what);
        StoreShard shard = world.Open(world.Options() with { ArenaReserveBytes = 32 << 20, DataBytes = 4 << 20, LogBytes = 4 << 20, LogBlockBytes = 64 << 10 });
        var calls = new StoreCalls(shard, ObjectFixture.Container);
        (DerCode code, byte[]? found) = world.Run(() => calls.GetLargeAsync(CallKeys.Of("d", "a")));
        Assert.Equal(DerCode.Success, code);
        bool isOld = before.AsSpan().SequenceEqual(found);
        Assert.True(after.AsSpan().SequenceEqual(found) || (isOld && !isAnswered), $"{what}: {(isOld ? "the old value although the new one was answered" : "neither value")}");

        // Another one goes on top of it, and again nothing is lost.
        Assert.Equal(DerCode.Success, world.Run(() => calls.PutAsync(CallKeys.Of("d", "a"), before)).Code);
        Assert.Equal(DerCode.Success, world.Run(() => shard.AggregateAsync(Epoch.Max, new AggregationControl { IsTight = true })));
        world.Run(shard.CloseAsync);
        Inspector.AssertSound(world, $"{what}, gone on");
    }
}
