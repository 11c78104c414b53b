using System.Runtime.CompilerServices;
using Daos.Fabric.Store.Checkpoint;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Journal;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Tests.Format;

/// <summary>What is on media today must be readable for ever: sizes, offsets and golden bytes. A change here needs a new format version.</summary>
public unsafe class FormatTests
{
    private static readonly Guid s_id = new("00112233-4455-6677-8899-aabbccddeeff");

    [Fact]
    public void Layouts_SizesAndOffsets_AreFixed()
    {
        Assert.Equal(4096, sizeof(SuperblockDf));
        Assert.Equal(56, Offset<SuperblockDf>(nameof(SuperblockDf.Generation)));
        Assert.Equal(104, Offset<SuperblockDf>(nameof(SuperblockDf.RootAreaBytes)));
        Assert.Equal(4092, Offset<SuperblockDf>(nameof(SuperblockDf.Checksum)));
        Assert.Equal(64, sizeof(LogBlockDf));
        Assert.Equal(24, Offset<LogBlockDf>(nameof(LogBlockDf.Stable)));
        Assert.Equal(44, Offset<LogBlockDf>(nameof(LogBlockDf.Flags)));
        Assert.Equal(16, sizeof(LogTransactionDf));
        Assert.Equal(64, sizeof(FileHeaderDf));
        Assert.Equal(40, Offset<FileHeaderDf>(nameof(FileHeaderDf.Checksum)));
        Assert.Equal(48, Offset<FileHeaderDf>(nameof(FileHeaderDf.Generation)));
        Assert.Equal(120, Offset<SuperblockDf>(nameof(SuperblockDf.HeaderGeneration)));
        Assert.Equal(128, sizeof(CheckpointRootDf));
        Assert.Equal(60, Offset<CheckpointRootDf>(nameof(CheckpointRootDf.Checksum)));
        Assert.Equal(8, sizeof(PageEntryDf));
        Assert.Equal(4096, sizeof(ArenaHeaderDf));
        Assert.Equal(64, Offset<ArenaHeaderDf>(nameof(ArenaHeaderDf.Roots)));
        Assert.Equal(192, Offset<ArenaHeaderDf>(nameof(ArenaHeaderDf.Classes)));
        Assert.Equal(64, sizeof(SlabHeaderDf));
        Assert.Equal(SlabHeaderDf.HotOffset, Offset<SlabHeaderDf>(nameof(SlabHeaderDf.FirstFree)));
        Assert.Equal(32, sizeof(DataSpaceDf));
        Assert.Equal(131072, MetaGeometry.RootsOffset);
        Assert.Equal(131072 + (2 * 4096), MetaGeometry.SlotOffset(1, 4096));
    }

    [Fact]
    public void LogBlock_GoldenBytes()
    {
        var bytes = new byte[4096];
        fixed (byte* memory = bytes)
        {
            var block = (LogBlockDf*)memory;
            block->Magic = LogBlockDf.MagicValue;
            block->Generation = 3;
            block->Position = 0x11000;
            block->Stable = 0x10000;
            block->BlockBytes = 4096;
            block->PayloadBytes = 32;
            var head = (LogTransactionDf*)(memory + 64);
            head->Magic = LogTransactionDf.MagicValue;
            head->RangeCount = 1;
            head->RedoBytes = 16;
            ((ulong*)(memory + 80))[0] = 0x10040UL | (8UL << LogTransactionDf.OffsetBits);
            ((ulong*)(memory + 80))[1] = 0x0102030405060708;
            block->Checksum = new LogGeometry(65536, 4096, s_id).ChecksumOf(block);
        }

        Assert.Equal(
            "444C4F47424C4B31" + "0300000000000000" + "0010010000000000" + "0000010000000000" + "00100000" + "20000000" + "7E2132B6"
            + "00000000" + new string('0', 32)
            + "54584E31" + "01000000" + "10000000" + "00000000" + "4000010000800000" + "0807060504030201",
            Convert.ToHexString(bytes, 0, 96));
    }

    [Fact]
    public void FileHeader_GoldenBytes_AndRefusesOthers()
    {
        var bytes = new byte[4096];
        fixed (byte* memory = bytes)
        {
            FileHeaderDf.Write(memory, FileHeaderDf.RoleLog, s_id, 65536, 7);
            Assert.True(FileHeaderDf.IsWhole(memory));
            Assert.Null(Complaint(memory, FileHeaderDf.RoleLog, s_id, 7, 7));
            Assert.Null(Complaint(memory, FileHeaderDf.RoleLog, s_id, 8, 7));
            Assert.Contains("exchanged", Complaint(memory, FileHeaderDf.RoleData, s_id, 7, 7));
            Assert.Contains("another store", Complaint(memory, FileHeaderDf.RoleLog, Guid.Empty, 7, 7));
            Assert.Contains("is an old copy", Complaint(memory, FileHeaderDf.RoleLog, s_id, 8, 8));
            Assert.Contains("is an old copy", Complaint(memory, FileHeaderDf.RoleLog, s_id, 9, 8));
            Assert.Contains("is newer", Complaint(memory, FileHeaderDf.RoleLog, s_id, 6, 5));
        }

        Assert.Equal(
            "44414646494C4531" + "01000000" + "01000000" + "00112233445566778899AABBCCDDEEFF" + "0000010000000000" + "1550DE4A" + "00000000"
            + "0700000000000000" + new string('0', 16),
            Convert.ToHexString(bytes, 0, 64));
        bytes[48] ^= 1;
        fixed (byte* memory = bytes)
        {
            Assert.False(FileHeaderDf.IsWhole(memory));
        }
    }

    private static string? Complaint(byte* header, uint role, Guid id, ulong generation, ulong headers)
    {
        SuperblockDf superblock = default;
        superblock.Id = id;
        superblock.Generation = generation;
        superblock.HeaderGeneration = headers;
        return FileHeaderCheck.Complaint(header, role, in superblock, "/store/meta");
    }

    private static int Offset<T>(string field)
        where T : struct => (int)Marshal.OffsetOf<T>(field);
}
