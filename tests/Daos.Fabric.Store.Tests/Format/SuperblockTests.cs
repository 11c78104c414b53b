using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Tests.Recovery;

namespace Daos.Fabric.Store.Tests.Format;

public class SuperblockTests
{
    private const string Meta = "/store/meta";

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    public void Open_OneBadCopy_UsesTheOther(long offset)
    {
        StoreWorld world = Closed();
        FilePatch.Flip(world, Meta, offset + 100, 1);
        StoreShard shard = world.Open();
        Assert.True(shard.Recovery.HadBadSuperblock);
        world.Run(shard.CloseAsync);

        // Opening wrote both anew.
        StoreShard again = world.Open();
        Assert.False(again.Recovery.HadBadSuperblock);
    }

    [Fact]
    public void Open_BothCopiesBad_SaysSoAndChangesNothing()
    {
        StoreWorld world = Closed();
        FilePatch.Flip(world, Meta, 100, 1);
        FilePatch.Flip(world, Meta, 65536 + 100, 1);
        byte[] before = FilePatch.Read(world, Meta, 0, 131072);
        CheckRefused(world, DerCode.DfInval, "damaged");
        Assert.Equal(before, FilePatch.Read(world, Meta, 0, 131072));
    }

    [Theory]
    [InlineData(8, "version")]
    [InlineData(16, "features")]
    public void Open_NewerFormat_IsRefusedAsIncompatible(int offset, string word)
    {
        StoreWorld world = Closed();
        for (long copy = 0; copy <= 65536; copy += 65536)
        {
            byte[] block = FilePatch.Read(world, Meta, copy, 4096);
            block[offset] += 2;
            MemoryMarshal.Write(block.AsSpan(4092), Crc32C.Compute(block.AsSpan(0, 4092)));
            FilePatch.Write(world, Meta, copy, block);
        }

        CheckRefused(world, DerCode.DfIncompt, word);
    }

    [Fact]
    public void Open_Nothing_SaysSo()
    {
        var world = new StoreWorld(1);
        CheckRefused(world, DerCode.Nonexist, "There is no store");
    }

    [Fact]
    public void Open_WhileOpen_IsBusy()
    {
        var world = new StoreWorld(1);
        StoreShard shard = world.Create();
        CheckRefused(world, DerCode.Busy, "in use by another process");
        world.Run(shard.CloseAsync);
        world.Open();
    }

    // What a killed process had under way keeps its files locked until the kernel is through with it.
    [Theory]
    [InlineData("meta")]
    [InlineData("log")]
    [InlineData("data")]
    public void Open_WhileTheWritesOfAKilledProcessEnd_Waits(string name)
    {
        StoreWorld world = Closed();
        int held = world.Node.Files.Open($"{world.Options().Path}/{name}", FileAccessMode.Direct).Value;
        Assert.Equal(DerCode.Success, world.Node.Files.Lock(held));
        world.Loop.Reactor.Timers.Arm(new Closing(world, held), world.Loop.NowNs + 1_000_000_000);
        world.Run(world.Open().CloseAsync);
    }

    [Fact]
    public void Create_Twice_IsRefused()
    {
        StoreWorld world = Closed();
        StoreOptions options = world.Options();
        Assert.Equal(DerCode.Exists, world.Run(() => StoreShard.CreateAsync(world.Loop, options)).Code);
        Assert.Contains("holds a store already", options.Report.LastError);
        world.Open();
    }

    [Fact]
    public void Create_NoSpace_IsTypedAndLeavesNothing()
    {
        var world = new StoreWorld(1);
        world.Node.Disk.Options.CapacityBytes = 4 << 20;
        StoreOptions options = world.Options();
        Assert.Equal(DerCode.NoSpace, world.Run(() => StoreShard.CreateAsync(world.Loop, options)).Code);
        Assert.NotEmpty(options.Report.LastError);
        Assert.Equal(0, world.Node.Disk.UsedBytes);
    }

    [Theory]
    [InlineData("/store/log")]
    [InlineData("/store/data")]
    public void Open_FileOfAnotherStore_IsRefused(string path)
    {
        StoreWorld world = Closed();
        byte[] header = FilePatch.Read(world, path, 0, 4096);
        header[16] ^= 1;
        header.AsSpan(40, 4).Clear();
        MemoryMarshal.Write(header.AsSpan(40), Crc32C.Compute(header.AsSpan(0, 64)));
        FilePatch.Write(world, path, 0, header);
        CheckRefused(world, DerCode.DfInval, "belongs to another store");
    }

    [Fact]
    public void Open_DamagedCheckpointPage_IsRefusedWithItsPlace()
    {
        StoreWorld world = Closed();
        long length = world.Node.Files.Length(OpenFile(world)).Value;
        int refused = 0;
        for (long offset = 131072; offset < length; offset += 4096)
        {
            byte[] block = FilePatch.Read(world, Meta, offset, 4096);
            if (!block.AsSpan().ContainsAnyExcept((byte)0))
            {
                continue;
            }

            FilePatch.Flip(world, Meta, offset + 50, 4);
            StoreOptions options = world.Options();
            DerResult<StoreShard> result = world.TryOpen(options);
            if (!result.IsSuccess)
            {
                refused++;
                Assert.Equal(DerCode.DfInval, result.Code);
                Assert.NotEmpty(options.Report.LastError);
                FilePatch.Write(world, Meta, offset, block);
                continue;
            }

            // Only pages that no root names any more may be damaged without harm.
            world.Run(result.Value.CloseAsync);
        }

        Assert.True(refused >= 3, $"{refused} of the pages are needed");
    }

    private static int OpenFile(StoreWorld world) => world.Node.Files.Open(Meta, FileAccessMode.ReadOnly).Value;

    private static StoreWorld Closed()
    {
        var world = new StoreWorld(1);
        world.Run(world.Create().CloseAsync);
        return world;
    }

    private static void CheckRefused(StoreWorld world, DerCode code, string word)
    {
        StoreOptions options = world.Options();
        DerResult<StoreShard> result = world.TryOpen(options);
        Assert.Equal(code, result.Code);
        Assert.Contains(word, options.Report.LastError);
    }

    private sealed class Closing(StoreWorld world, int file) : TimerNode
    {
        protected override void Expire() => world.Node.Files.Close(file);
    }
}
