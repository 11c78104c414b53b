using System.Text;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Store.Devices;
using Daos.Fabric.Store.Devices.Format;
using Daos.Fabric.Store.Tests.Recovery;

namespace Daos.Fabric.Store.Tests.Devices;

/// <summary>What is taken for a device, what is refused, and where things lie on it.</summary>
public class DeviceFormatTests
{
    private const long SecondCopy = 64 << 10;

    [Fact]
    public void Layout_SizesAndPlaces_AreThoseOfTheDrawing()
    {
        Assert.Equal(4096, Marshal.SizeOf<DeviceHeaderDf>());
        Assert.Equal(64, Marshal.SizeOf<BlobTableDf>());
        Assert.Equal(64, Marshal.SizeOf<BlobRecordDf>());
        Assert.Equal(16, Marshal.SizeOf<BlobExtentDf>());
        (string, int)[] places =
        [
            ("Version", 8), ("IncompatibleFeatures", 16), ("CompatibleFeatures", 24), ("DeviceId", 32), ("Sequence", 48), ("TableSequence", 56), ("TableArea", 64),
            ("TableBytes", 68), ("TableChecksum", 72), ("DeviceBytes", 80), ("ClusterBytes", 88), ("TableAreaBytes", 96), ("Clusters", 104), ("CreatedUnixNs", 112),
            ("StorageId", 120), ("Rank", 136), ("Roles", 140), ("SystemBytes", 144), ("SystemName", 152), ("Checksum", 4092),
        ];
        Assert.All(places, p => Assert.Equal(p.Item2, (int)Marshal.OffsetOf<DeviceHeaderDf>(p.Item1)));
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        Assert.Equal("DAFBLOBS", Encoding.ASCII.GetString(FilePatch.Read(world, DeviceWorld.Path, 0, 4096), 0, 8));
        Assert.Equal(FilePatch.Read(world, DeviceWorld.Path, 0, 4096), FilePatch.Read(world, DeviceWorld.Path, SecondCopy, 4096));
        Assert.Equal("DAFTABLE", Encoding.ASCII.GetString(FilePatch.Read(world, DeviceWorld.Path, 128 << 10, 4096), 0, 8));
    }

    [Fact]
    public unsafe void Table_Bytes_AreThoseOfTheDrawing()
    {
        var blob = new BlobRecord(
            new Guid("01020304-0506-0708-090a-0b0c0d0e0f10"), new BlobTag(new Guid("a1a2a3a4-a5a6-a7a8-a9aa-abacadaeafb0"), 5, BlobRole.Wal), [new BlobExtent(3, 2), new BlobExtent(9, 1)]);
        BlobTable table = BlobTable.Empty.With([blob], []);
        Assert.Equal(160, table.SizeBytes);
        byte[] bytes = new byte[160];
        fixed (byte* memory = bytes)
        {
            table.Write(memory, new Guid("c1c2c3c4-c5c6-c7c8-c9ca-cbcccdcecfd0"), 7);
        }

        string zeros = new('0', 32);
        Assert.Equal(
            "4441465441424C45" + "01000000" + "01000000" + "C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0" + "0700000000000000" + "02000000" + "00000000" + zeros
            + "0102030405060708090A0B0C0D0E0F10" + "A1A2A3A4A5A6A7A8A9AAABACADAEAFB0" + "05000000" + "04000000" + "02000000" + "00000000" + zeros
            + "0300000000000000" + "0200000000000000" + "0900000000000000" + "0100000000000000",
            Convert.ToHexString(bytes));
    }

    [Theory]
    [InlineData("an ext2, ext3 or ext4 file system", 1080, "\x53\xEF")]
    [InlineData("an XFS file system", 0, "XFSB")]
    [InlineData("a blob store of SPDK", 0, "SPDKBLOB")]
    public void Format_ForeignSignature_IsRefusedUnlessForced(string what, int offset, string magic)
    {
        using StoreWorld world = DeviceWorld.Make();
        byte[] block = new byte[4096];
        Encoding.Latin1.GetBytes(magic).CopyTo(block, offset);
        FilePatch.Write(world, DeviceWorld.Path, 0, block);
        DeviceFormatOptions options = DeviceWorld.FormatOptions(world);
        Assert.Equal(DerCode.Exists, world.Run(() => DeviceFormatter.RunAsync(world.Loop, options)).Code);
        Assert.Contains(what, options.Report.LastError);
        Assert.Equal(block, FilePatch.Read(world, DeviceWorld.Path, 0, 4096));
        Assert.Equal(DerCode.DfInval, DeviceWorld.TryOpen(world, out string sentence));
        Assert.Contains("is not formatted", sentence);
        DeviceWorld.Format(world, options with { Force = true });
        DeviceWorld.Open(world).Close();
    }

    [Fact]
    public void Format_DeviceOfAnEngine_IsRefusedUnlessForcedAndThenIsEmpty()
    {
        using StoreWorld world = DeviceWorld.Make();
        Guid first = DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(i, BlobRole.Data, 1)));
        }

        device.Close();
        DeviceFormatOptions options = DeviceWorld.FormatOptions(world);
        Assert.Equal(DerCode.Exists, world.Run(() => DeviceFormatter.RunAsync(world.Loop, options)).Code);
        Assert.Contains("a device of an engine", options.Report.LastError);
        Guid second = DeviceWorld.Format(world, options with { Force = true });
        Assert.NotEqual(first, second);
        device = DeviceWorld.Open(world);
        Assert.Equal(second, device.Id);
        Assert.Empty(device.Blobs);
        device.Close();
    }

    [Fact]
    public void Format_TooSmallOrWrongOptions_IsRefusedWithASentence()
    {
        using StoreWorld world = DeviceWorld.Make(1, 4 << 20);
        DeviceFormatOptions options = DeviceWorld.FormatOptions(world);
        Assert.Equal(DerCode.NoSpace, world.Run(() => DeviceFormatter.RunAsync(world.Loop, options)).Code);
        Assert.Contains("too small", options.Report.LastError);
        Assert.Equal(DerCode.Invalid, world.Run(() => DeviceFormatter.RunAsync(world.Loop, options with { ClusterBytes = 100_000 })).Code);
        Assert.Contains("power of two", options.Report.LastError);
        Assert.Equal(DerCode.Invalid, world.Run(() => DeviceFormatter.RunAsync(world.Loop, options with { Owner = new DeviceOwner(new string('x', 65), 0, default) })).Code);
        Assert.Equal(DerCode.Nonexist, world.Run(() => DeviceFormatter.RunAsync(world.Loop, options with { Path = "/dev/none" })).Code);
        Assert.Contains("plugged in", options.Report.LastError);
        DerResult<Guid> made = world.Run(() => DeviceFormatter.RunAsync(world.Loop, options with { Path = "/file", CreateBytes = 16 << 20 }));
        Assert.True(made.IsSuccess, options.Report.LastError);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(SecondCopy)]
    public void Open_OneHeaderDamaged_UsesTheOtherAndRenewsIt(long offset)
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        FilePatch.Flip(world, DeviceWorld.Path, offset + 100, 1);
        DeviceWorld.Open(world).Close();
        Assert.Equal(FilePatch.Read(world, DeviceWorld.Path, 0, 4096), FilePatch.Read(world, DeviceWorld.Path, SecondCopy, 4096));
        FilePatch.Flip(world, DeviceWorld.Path, SecondCopy - offset + 100, 1);
        DeviceWorld.Open(world).Close();
    }

    [Fact]
    public void Open_BothHeadersDamaged_IsRefused()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        FilePatch.Flip(world, DeviceWorld.Path, 100, 1);
        FilePatch.Flip(world, DeviceWorld.Path, SecondCopy + 100, 1);
        Assert.Equal(DerCode.DfInval, DeviceWorld.TryOpen(world, out string sentence));
        Assert.Contains("Both headers", sentence);
    }

    /// <summary>A damaged table is never replaced by the one before: what was made since would be given away a second time.</summary>
    [Fact]
    public void Open_TableDamaged_IsRefused()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(0, BlobRole.Data, 1)));
        device.Close();
        FilePatch.Flip(world, DeviceWorld.Path, (128 << 10) + (64 << 10) + 70, 1);
        Assert.Equal(DerCode.DfInval, DeviceWorld.TryOpen(world, out string sentence));
        Assert.Contains("table of blobs is damaged", sentence);
    }

    [Theory]
    [InlineData(8, 2)]
    [InlineData(16, 1)]
    public void Open_NewerFormat_IsRefused(int offset, byte value)
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        PatchHeader(world, block => block[offset] = value);
        Assert.Equal(DerCode.DfIncompt, DeviceWorld.TryOpen(world, out string sentence));
        Assert.Contains("Use a newer program", sentence);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(88)]
    [InlineData(96)]
    [InlineData(104)]
    public void Open_ImpossibleSizes_AreRefused(int offset)
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        PatchHeader(world, block => block[offset + 6] = 0x70);
        Assert.Equal(DerCode.DfInval, DeviceWorld.TryOpen(world, out string sentence));
        Assert.NotEmpty(sentence);
    }

    [Fact]
    public void Read_TableThatCannotBe_IsNamed()
    {
        Assert.Contains("two blobs have cluster 3", Wrong(new BlobExtent(0, 4), new BlobExtent(3, 1)));
        Assert.Contains("do not lie on the device", Wrong(new BlobExtent(8, 3)));
        Assert.Contains("do not lie on the device", Wrong(new BlobExtent(0, long.MaxValue)));
        Assert.Null(Wrong(new BlobExtent(0, 4), new BlobExtent(4, 6)));

        static string? Wrong(params BlobExtent[] extents) => ClusterMap.FindWrong(
            BlobTable.Empty.With(extents.Select((e, i) => new BlobRecord(new Guid(i + 1, 0, 0, new byte[8]), new BlobTag(default, i, BlobRole.Data), [e])), []), 10);
    }

    private static void PatchHeader(StoreWorld world, Action<byte[]> change)
    {
        foreach (long offset in (long[])[0, SecondCopy])
        {
            byte[] block = FilePatch.Read(world, DeviceWorld.Path, offset, 4096);
            change(block);
            BitConverter.TryWriteBytes(block.AsSpan(4092), Crc32C.Compute(block.AsSpan(0, 4092)));
            FilePatch.Write(world, DeviceWorld.Path, offset, block);
        }
    }
}
