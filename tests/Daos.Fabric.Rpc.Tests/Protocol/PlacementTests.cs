using Daos.Fabric.Protocol.Placement;

namespace Daos.Fabric.Rpc.Tests.Protocol;

public sealed class PlacementTests
{
    private static readonly ObjectId s_hashed = ObjectId.Create(1, 2, ObjectType.MultiHashed);
    private static readonly ObjectId s_integer = ObjectId.Create(1, 2, ObjectType.Array);

    // Golden values: data on media was placed by them, so they never change.
    [Theory]
    [InlineData(0UL, 1, 0)]
    [InlineData(0UL, 100, 0)]
    [InlineData(1UL, 1, 0)]
    [InlineData(1UL, 2, 0)]
    [InlineData(1UL, 8, 6)]
    [InlineData(0xDEADBEEFUL, 16, 5)]
    [InlineData(256UL, 1024, 520)]
    [InlineData(10UL, 100, 73)]
    public void Jump_Golden(ulong key, int buckets, int expected) => Assert.Equal(expected, JumpHash.Bucket(key, buckets));

    [Theory]
    [InlineData("", 0xf81377e08c41d2b9UL)]
    [InlineData("a", 0x429febda385898afUL)]
    [InlineData("dkey", 0x9baaf4cabb1bad17UL)]
    [InlineData("12345678", 0x6e30278823f3d908UL)]
    [InlineData("a longer distribution key", 0x35c241fceb11ab31UL)]
    public void DkeyHash_Golden(string dkey, ulong expected) => Assert.Equal(expected, DkeyHash.Compute(s_hashed, System.Text.Encoding.ASCII.GetBytes(dkey)));

    [Fact]
    public void DkeyHash_IntegerKeys_AreTheirOwn()
    {
        byte[] dkey = BitConverter.GetBytes(0x0102030405060708UL);
        Assert.Equal(0x0102030405060708UL, DkeyHash.Compute(s_integer, dkey));
        Assert.NotEqual(0x0102030405060708UL, DkeyHash.Compute(s_hashed, dkey));

        // An integer key of the wrong size is the engine's to refuse; it hashes like any bytes.
        Assert.Equal(DkeyHash.Compute(s_hashed, [1, 2, 3]), DkeyHash.Compute(s_integer, [1, 2, 3]));
    }

    [Theory]
    [InlineData(1UL, 0UL, 4, 0)]
    [InlineData(1UL, 1UL, 4, 0)]
    [InlineData(2UL, 1UL, 4, 3)]
    [InlineData(77UL, 0xDEADBEEFUL, 16, 12)]
    public void Target_Golden(ulong low, ulong hash, int targets, int expected) =>
        Assert.Equal(expected, ObjectPlacement.TargetOf(ObjectId.Create(0, low, ObjectType.MultiHashed), hash, targets));

    [Fact]
    public void Jump_OneMoreBucket_MovesOneKeyInN()
    {
        const int Keys = 100_000;
        foreach (int buckets in new[] { 1, 3, 8, 31 })
        {
            int moved = 0;
            for (ulong key = 0; key < Keys; key++)
            {
                int before = JumpHash.Bucket(key, buckets);
                int after = JumpHash.Bucket(key, buckets + 1);
                if (before != after)
                {
                    moved++;
                    Assert.Equal(buckets, after);
                }
            }

            double share = (double)moved / Keys * (buckets + 1);
            Assert.InRange(share, 0.95, 1.05);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Target_ManyDkeysOfOneObject_SpreadEvenly(bool integer)
    {
        const int Targets = 8;
        const int Keys = 80_000;
        ObjectId id = integer ? s_integer : s_hashed;
        int[] counts = new int[Targets];
        byte[] dkey = new byte[8];
        for (long i = 0; i < Keys; i++)
        {
            BitConverter.TryWriteBytes(dkey, i);
            counts[ObjectPlacement.TargetOf(id, DkeyHash.Compute(id, dkey), Targets)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, Keys / Targets * 0.95, Keys / Targets * 1.05));
    }

    [Fact]
    public void Target_ManySmallObjects_SpreadEvenly()
    {
        const int Targets = 8;
        const int Objects = 80_000;
        int[] counts = new int[Targets];
        for (ulong i = 0; i < Objects; i++)
        {
            counts[ObjectPlacement.TargetOf(ObjectId.Create(0, i, ObjectType.KeyValueHashed, groups: 1), 12345, Targets)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, Objects / Targets * 0.95, Objects / Targets * 1.05));
    }

    [Fact]
    public void Groups_OfOneObject_OnDifferentTargets()
    {
        for (ulong i = 0; i < 1000; i++)
        {
            ObjectId id = ObjectId.Create(0, i, ObjectType.Array, groups: 6);
            Assert.Equal(6, ObjectPlacement.GroupsOf(id, 16));
            Assert.Equal(6, Enumerable.Range(0, 6).Select(g => ObjectPlacement.TargetOfGroup(id, g, 16)).Distinct().Count());
            Assert.Equal(4, ObjectPlacement.GroupsOf(id, 4));
        }

        Assert.Equal(5, ObjectPlacement.GroupsOf(s_hashed, 5));
        Assert.Equal(1, ObjectPlacement.GroupsOf(ObjectId.Create(0, 1, ObjectType.Array, groups: 0), 5));
    }

    [Fact]
    public void Target_TypeAndClassBits_TakeNoPart()
    {
        for (ulong i = 0; i < 100; i++)
        {
            Assert.Equal(
                ObjectPlacement.TargetOfGroup(ObjectId.Create(9, i, ObjectType.Array), 0, 16),
                ObjectPlacement.TargetOfGroup(ObjectId.Create(9, i, ObjectType.MultiHashed, classOrdinal: 8), 0, 16));
        }
    }
}
