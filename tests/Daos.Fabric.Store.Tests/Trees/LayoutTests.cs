using System.Text;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Results;
using Daos.Fabric.Store.Transactions.Tables;
using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store.Tests.Trees;

/// <summary>Sizes, offsets and golden bytes of every record: a change here is a change of the durable format and needs a new version.</summary>
public unsafe class LayoutTests
{
    [Fact]
    public void Sizes_OfEveryRecord_AreWhatMediaHolds()
    {
        Assert.Equal((16, 16, 24), (sizeof(TreeNodeDf), sizeof(LeafEntryDf), sizeof(BranchEntryDf)));
        Assert.Equal((63, 42, 1024), (TreeNodeDf.LeafMax, TreeNodeDf.BranchMax, TreeNodeDf.LeafBytes(63)));
        Assert.Equal((64, 96, 64, 48), (sizeof(StoreRootDf), sizeof(ContainerDf), sizeof(ObjectDf), sizeof(KeyRecordDf)));
        Assert.Equal((16, 24, 24, 16, 56), (
            sizeof(IncarnationEventDf), sizeof(IncarnationDf), sizeof(VersionDf), sizeof(DataReferenceDf), sizeof(ExtentDf)));
        Assert.Equal((256, 64, 32), (sizeof(ExtentClassesDf), sizeof(ClientDf), sizeof(ResultDf)));
        Assert.Equal((176, 16, 16, 511), (
            sizeof(ActiveTransactionDf), sizeof(RecordBlockDf), sizeof(RecordReferenceDf), RecordBlockDf.CapacityMax));
        Assert.Equal((40, 32, 32, 127), (
            sizeof(CommittedTableDf), sizeof(CommittedBlockDf), sizeof(CommittedEntryDf), CommittedBlockDf.Capacity));
    }

    [Fact]
    public void Version_Bytes_AreGolden()
    {
        var version = new VersionDf
        {
            Epoch = 0x0102030405060708,
            Minor = 0x1112,
            Media = ValueMedia.Data,
            Integrity = new Integrity(ChecksumType.Crc32C),
            Transaction = 0x21222324,
            ValueBytes = 0x31323334,
            Checksum = 0x41424344,
        };
        Assert.Equal("080706050403020112110201242322213433323144434241", Hex(&version, sizeof(VersionDf)));
    }

    [Fact]
    public void Extent_Bytes_AreGolden()
    {
        var extent = new ExtentDf
        {
            Epoch = 0x0102030405060708,
            Minor = 0x1112,
            Media = ValueMedia.Arena,
            Integrity = new Integrity(ChecksumType.Crc32C),
            Transaction = 0x21222324,
            Start = 0x31,
            Count = 0x41,
            Chunks = new ExtentChunks(0x8000, 3),
            ChecksumWords = 3,
            Data = new DataReferenceDf { Block = 0x51, Blocks = 0x61, Further = 1 },
        };
        Assert.Equal(
            "080706050403020112110101242322213100000000000000410000000000000000800003030000005100000000000000" + "6100000001000000",
            Hex(&extent, sizeof(ExtentDf)));
        Assert.Equal((0x8000u, 0x1000u), (extent.Chunks.Bytes, extent.Chunks.PartBytes));
        Assert.Equal(56 + 16, extent.InlineOffset);
        Assert.Equal(56 + 16 + 8, ExtentDf.AllocationBytes(ValueMedia.Arena, 3, 5));
    }

    [Fact]
    public void Key_Bytes_AreGolden()
    {
        var key = new KeyRecordDf
        {
            Incarnation = new IncarnationDf
            {
                Newest = new IncarnationEventDf { Epoch = 1, Minor = 2, Kind = IncarnationKind.Punch, Transaction = 3 },
                Older = 4,
            },
            Below = 5,
            History = 6,
            KeyLength = 7,
            Type = AkeyType.Array,
            Order = KeyOrder.Lexical,
            RecordBytes = 8,
        };
        Assert.Equal(
            "01000000000000000200020003000000" + "0400000000000000" + "05000000000000000600000000000000" + "0700020208000000",
            Hex(&key, sizeof(KeyRecordDf)));
        Assert.Equal((56, 56, 64), (KeyRecordDf.AllocationBytes(1), KeyRecordDf.AllocationBytes(8), KeyRecordDf.AllocationBytes(9)));
    }

    [Fact]
    public void Result_Bytes_AreGolden()
    {
        var result = new ResultDf { Sequence = 1, Epoch = 2, LowestUnanswered = 3, Code = -1005 };
        Assert.Equal("010000000000000002000000000000000300000000000000" + "13fcffff00000000", Hex(&result, sizeof(ResultDf)));
    }

    [Fact]
    public void Transaction_Bytes_AreGolden()
    {
        var entry = new ActiveTransactionDf
        {
            Hlc = 1,
            Epoch = 2,
            Older = 3,
            Newer = 4,
            Reference = 5,
            State = ActiveState.Aborting,
            Flags = TransactionFlags.Leader | TransactionFlags.Orphan,
            Records = 6,
            ParticipantBytes = 7,
            ObjectLow = 8,
            ObjectHigh = 9,
            DkeyHash = 10,
            MapVersion = 11,
            Magic = ActiveTransactionDf.MagicValue,
            MoreRecords = 12,
            Participants = 13,
        };
        Assert.Equal(
            new string('0', 32) + "01000000000000000200000000000000" + "03000000000000000400000000000000" + "05000000020900000600000007000000"
            + "08000000000000000900000000000000" + "0a000000000000000b00000044545841" + "0c000000000000000d00000000000000",
            Hex(&entry, ActiveTransactionDf.RecordsOffset));
        var reference = new RecordReferenceDf(RecordKind.Event, 0x123456789AB, 0x77, 0x1112);
        Assert.Equal("ab896745232111317700000000000000", Hex(&reference, sizeof(RecordReferenceDf)));
        Assert.Equal((RecordKind.Event, 0x123456789ABUL, (ushort)0x1112), (reference.Kind, reference.Record, reference.Minor));
        var table = new CommittedTableDf { Oldest = 1, Newest = 2, Count = 3, Forgotten = 4, NextNumber = 5 };
        Assert.Equal(
            "01000000000000000200000000000000" + "03000000000000000400000000000000" + "0500000000000000", Hex(&table, sizeof(CommittedTableDf)));
        var block = new CommittedBlockDf { Newer = 1, FirstNumber = 2, NewestCommit = 3, Count = 4, Magic = CommittedBlockDf.MagicValue };
        Assert.Equal("01000000000000000200000000000000" + "03000000000000000400000044545843", Hex(&block, sizeof(CommittedBlockDf)));
    }

    [Fact]
    public void KeyHash_Values_AreGolden()
    {
        string[] keys = ["", "a", "abcdefg", "abcdefgh", "abcdefghi", "0123456789abcdef", "0123456789abcdef0", new string('x', 100)];
        ulong[] hashes = [.. keys.Select(key => KeyHash.Compute(Encoding.UTF8.GetBytes(key)))];
        Assert.Equal(GoldenHashes, hashes.Select(hash => hash.ToString("x16")));
        Assert.Equal("6db3aa4f7218d005", KeyHash.Compute(1, 2).ToString("x16"));
    }

    [Fact]
    public void LengthClasses_AnyCount_HoldIt()
    {
        ulong[] counts = [1, 2, 3, 4, 5, 16, 17, 64, 65, 1 << 20, (1 << 20) + 1, 1UL << 60, (1UL << 60) + 1, 1UL << 62, (1UL << 63) - 1, 1UL << 63];
        foreach (ulong count in counts)
        {
            int lengthClass = ExtentClassesDf.ClassOf(count);
            Assert.InRange(lengthClass, 0, ExtentClassesDf.ClassesMax - 1);
            Assert.True(count <= ExtentClassesDf.CountMaxOf(lengthClass), $"{count} is too long for class {lengthClass}");
            Assert.True(lengthClass == 0 || count > ExtentClassesDf.CountMaxOf(lengthClass - 1), $"{count} is too short for {lengthClass}");
        }
    }

    private static readonly string[] GoldenHashes =
    [
        "663d77f15ed23a61",
        "3cdd6d312710814f",
        "5bcd8454ab5e9388",
        "64b4d02c02092dc9",
        "70c3287eb063c03f",
        "cbeb6d1fa3fffb8f",
        "5d4657d0d236dce2",
        "701bea3b5c0cf8c4",
    ];

    private static string Hex(void* record, int bytes) => Convert.ToHexStringLower(new ReadOnlySpan<byte>(record, bytes));
}
