using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Trees;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Tests.Checksums;

public class ChecksumTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(10_000)]
    public void Update_WithWrongChecksum_IsRefused(int bytes)
    {
        var store = new ObjectFixture();
        byte[] value = new byte[bytes];
        store.Calls.CorruptNextChecksum = true;
        Assert.Equal(DerCode.Checksum, store.Put("d", "a", value).Code);
        Assert.Null(store.Get("d", "a").Value);
        store.Calls.CorruptNextChecksum = true;
        Assert.Equal(DerCode.Checksum, store.Run(() => store.Calls.WriteAsync(CallKeys.Of("d", "r"), 1, (77, (ulong)bytes, value))).Code);
        Assert.Equal(DerCode.Success, store.Put("d", "a", value).Code);
    }

    [Fact]
    public void Fetch_OfDamagedMedia_AnswersChecksumError()
    {
        var store = new ObjectFixture();
        byte[] value = new byte[9000];
        new SeededRandom(3).Fill(value);
        store.Put("d", "single", value);
        store.Run(() => store.Calls.WriteAsync(CallKeys.Of("d", "array"), 1, (100, 9000, value)));
        Assert.Equal(value, store.Get("d", "single").Value!);
        Damage(store, block: 1, blocks: 8, at: 5000);
        Assert.Equal(DerCode.Checksum, store.Get("d", "single").Code);
        Assert.Equal(DerCode.Checksum, store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "array"), 100, 9000)).Code);

        // Chunks are 512 bytes: only the one that holds the flipped byte is lost.
        Assert.Equal(DerCode.Checksum, store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "array"), 100 + 5000, 1)).Code);
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "array"), 100, 4000)).Code);
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "array"), 100 + 6000, 3000)).Code);
    }

    [Fact]
    public void Fetch_OfPartOfDamagedArenaChunk_AnswersChecksumError()
    {
        var store = new ObjectFixture();
        byte[] value = new byte[1000];
        store.Run(() => store.Calls.WriteAsync(CallKeys.Of("d", "array"), 1, (0, 1000, value)));
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "array"), 10, 20)).Code);
        DamageArena(store);
        Assert.Equal(DerCode.Checksum, store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "array"), 10, 20)).Code);
    }

    [Fact]
    public void AddExtent_ChecksumsThatDoNotFit_AreRefused()
    {
        var run = default(ChecksumRun);
        Assert.Equal(1, ChecksumRun.CountOf(0, 512, 512));
        Assert.Equal(2, ChecksumRun.CountOf(511, 2, 512));
        Assert.Equal(0, ChecksumRun.CountOf(5, 0, 512));
        run.Begin(ChecksumInfo.None, 0, 10);
        var store = new ObjectFixture();
        store.Calls.DropNextChecksum = true;
        Assert.Equal(DerCode.Invalid, store.Run(() => store.Calls.WriteAsync(CallKeys.Of("d", "a"), 1, (500, 100, new byte[100]))).Code);
    }

    private static void Damage(ObjectFixture store, uint block, uint blocks, int at) => store.Run(async () =>
    {
        using var slab = new NativeSlab((long)blocks * DataExtent.BlockBytes);
        long offset = (long)block * DataExtent.BlockBytes;
        nint address = Address(slab);
        int length = (int)blocks * DataExtent.BlockBytes;
        Assert.Equal(DerCode.Success, await store.Shard.ReadDataAsync(address, length, offset));

        // Both values start at a block: the first at the front, the second right behind its three blocks.
        Flip(slab, at);
        Flip(slab, (3 * DataExtent.BlockBytes) + at);
        Assert.Equal(DerCode.Success, await store.Shard.WriteDataAsync(address, length, offset));
        return true;
    });

    private static unsafe nint Address(NativeSlab slab) => (nint)slab.Address;

    private static unsafe void Flip(NativeSlab slab, int at) => slab.Address[at] ^= 1;

    // The array's one extent hangs on the newest akey record: found by its type.
    private static unsafe void DamageArena(ObjectFixture store) => store.On(() =>
    {
        using var call = new NativeCall(CallKeys.Of("d", "array"), []);
        var target = new ObjectTarget
        {
            Container = ObjectFixture.Container,
            Object = ObjectFixture.Object,
            Dkey = call.Dkey,
            DkeyLength = call.DkeyLength,
        };
        ObjectStore objects = store.Shard.Objects;
        var view = ReadView.Newest(objects.Unstable);
        VersionStamp hidden = default;
        ulong dkey = objects.LocateDkey(objects.Containers.Find(target.Container), in target, ref hidden, ref view);
        ulong akey = objects.LocateAkey(dkey, target.Object.AkeyOrder, call.Akey, call.AkeyLength, ref hidden, ref view);
        ulong extent = objects.Memory.Read<KeyRecordDf>(akey)->Below & ~BTree.InlineTag;
        byte* data = (byte*)objects.Memory.Read<ExtentDf>(extent) + objects.Memory.Read<ExtentDf>(extent)->InlineOffset;
        data[200] ^= 1;
    });
}
