using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Tests.Scrubbing;
using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store.Tests.Scattered;

/// <summary>A shard whose data file is in pieces, and what tests ask of it.</summary>
internal sealed class ScatteredFixture
{
    private const int Block = 4096;

    internal ScatteredFixture(int holeBlocks, long dataBytes, bool isVolatile = true, Func<StoreOptions, StoreOptions>? change = null)
    {
        Store = new ObjectFixture(
            1,
            options => (change ?? (o => o))(options with
            {
                ArenaReserveBytes = 32 << 20,
                DataBytes = dataBytes,
                LogBytes = 4 << 20,
                LogBlockBytes = 64 << 10,
            }),
            isVolatile);
        Holes = Store.Run(() => Fragments.MakeAsync(Store.Shard, holeBlocks * Block));
        HoleBytes = holeBlocks * Block;
    }

    internal ObjectFixture Store { get; }

    internal StoreShard Shard => Store.Shard;

    /// <summary>Free runs at first.</summary>
    internal int Holes { get; }

    /// <summary>Size of each.</summary>
    internal int HoleBytes { get; }

    /// <summary>All that is not in use, whenever it may be used again.</summary>
    internal long FreeBytes => Shard.DataSpace.FreeBytes + Shard.DataSpace.PendingFreeBytes;

    internal static byte[] Bytes(int length, ulong seed)
    {
        byte[] bytes = new byte[length];
        new SeededRandom(seed).Fill(bytes);
        return bytes;
    }

    internal (DerCode Code, byte[]? Value) GetLarge(string dkey, Epoch epoch = default) =>
        Store.Run(() => Store.Calls.GetLargeAsync(CallKeys.Of(dkey, "a") with { Epoch = epoch }));

    internal void AssertShows(byte[] expected, string dkey, Epoch epoch = default)
    {
        (DerCode code, byte[]? found) = GetLarge(dkey, epoch);
        Assert.Equal(DerCode.Success, code);
        Assert.True(expected.AsSpan().SequenceEqual(found), "other bytes came back");
    }

    /// <summary>The records of scattered values, with the number of their runs; the walk finds no damage.</summary>
    internal List<(CheckedValue Value, int Runs)> Scattered()
    {
        List<(CheckedValue, int)> found = [];
        Store.On(() => found = [.. StoredRecords.All(Shard)
            .Where(value => !value.IsExtent && value.Data.Blocks > 0)
            .Select(value => (value, DataRuns.Of(Shard.Arena, value.Record).Length))
            .Where(value => value.Length > 1)]);
        return found;
    }
}
