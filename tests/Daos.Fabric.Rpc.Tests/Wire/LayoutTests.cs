namespace Daos.Fabric.Rpc.Tests.Wire;

public sealed class LayoutTests
{
    [Fact]
    public void Header_GoldenBytes()
    {
        var header = new RpcHeaderWire
        {
            Opcode = RpcOpcode.Create(4, 1, 0x0203).Value,
            Flags = (ushort)(RpcFlags.Resend | RpcFlags.Modification | RpcFlags.Queued),
            Version = RpcHeaderWire.CurrentVersion,
            RpcId = 0x1122334455667788,
            Hlc = 0x0102030405060708,
            SourceRank = 0xFFFFFFFF,
            DestinationRank = 7,
            Tag = 3,
            DeadlineMsOrCode = 60_000,
            PayloadBytes = 0x0A0B,
            MapVersion = 9,
        };
        byte[] bytes = new byte[RpcHeaderWire.SizeBytes];
        MemoryMarshal.Write(bytes, header);
        Assert.Equal(
            "0302010416000300" + "8877665544332211" + "0807060504030201" + "FFFFFFFF07000000"
            + "0300000060EA0000" + "0B0A000009000000",
            Convert.ToHexString(bytes));
        Assert.True(header.IsWellFormed(48 + 16 + 56 + 0x0A0B));
    }

    [Fact]
    public unsafe void Header_WrittenAsWords_IsTheSameAsByFields()
    {
        RpcHeaderWire words;
        RpcHeaderWire.Write(
            &words, RpcOpcode.Create(4, 1, 0x0203).Value, RpcFlags.Resend | RpcFlags.Large, rpcId: 0x1122334455667788, hlc: 0x0102030405060708,
            source: 0xFFFFFFFF, destination: 7, tag: 0xFFFE, deadlineMsOrCode: -1001, payloadBytes: int.MaxValue, mapVersion: uint.MaxValue);
        var fields = new RpcHeaderWire
        {
            Opcode = RpcOpcode.Create(4, 1, 0x0203).Value,
            Flags = (ushort)(RpcFlags.Resend | RpcFlags.Large),
            Version = RpcHeaderWire.CurrentVersion,
            RpcId = 0x1122334455667788,
            Hlc = 0x0102030405060708,
            SourceRank = 0xFFFFFFFF,
            DestinationRank = 7,
            Tag = 0xFFFE,
            DeadlineMsOrCode = -1001,
            PayloadBytes = int.MaxValue,
            MapVersion = uint.MaxValue,
        };
        Assert.True(new ReadOnlySpan<byte>(&words, sizeof(RpcHeaderWire)).SequenceEqual(new ReadOnlySpan<byte>(&fields, sizeof(RpcHeaderWire))));
    }

    [Fact]
    public void Place_GoldenBytes()
    {
        byte[] bytes = new byte[PlaceWire.SizeBytes];
        MemoryMarshal.Write(bytes, new PlaceWire { RetryAfterMs = 0x0102, QueueTicket = 0x3132333435363738 });
        Assert.Equal("0201000000000000" + "3837363534333231", Convert.ToHexString(bytes));
    }

    [Fact]
    public void Place_NoPaddingAndNoOverlap() => WireLayout.CheckCovers<PlaceWire>(PlaceWire.SizeBytes);

    [Fact]
    public void Modification_GoldenBytesAndRoundTrip()
    {
        var info = new ModificationInfo
        {
            ClientId = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
            TransactionHlc = 0x0102030405060708,
            Sequence = 0x11,
            LowestUnanswered = 0x10,
            Epoch = new Epoch(0x2122232425262728),
            MapVersion = 5,
            Flags = 1,
        };
        byte[] bytes = new byte[ModificationWire.SizeBytes];
        ModificationWire.Write(bytes, info);
        Assert.Equal(
            "00112233445566778899AABBCCDDEEFF" + "0807060504030201" + "1100000000000000" + "1000000000000000"
            + "2827262524232221" + "0500000001000000",
            Convert.ToHexString(bytes));
        Assert.True(ModificationWire.TryRead(bytes, out ModificationInfo read));
        Assert.Equal(info, read);
        Assert.True(read.IsResend);
    }

    [Fact]
    public void Header_NoPaddingAndNoOverlap() => WireLayout.CheckCovers<RpcHeaderWire>(RpcHeaderWire.SizeBytes);

    [Fact]
    public void SelfTestBulk_GoldenBytes()
    {
        byte[] bytes = new byte[SelfTestBulk.SizeBytes];
        var bulk = new SelfTestBulk(new RemoteMemory(0xAA, 0x1000, MemoryAccess.RemoteRead), 1, 2, 3, WantsChecksum: true);
        bulk.Write(bytes);
        Assert.Equal(
            "AA00000000000000" + "0010000000000000" + "0100000000000000" + "0100000000000000" + "0200000000000000" + "0300000001000000",
            Convert.ToHexString(bytes));
        Assert.True(SelfTestBulk.TryRead(bytes, 4096, out SelfTestBulk read));
        Assert.Equal(bulk, read);
    }

    [Fact]
    public void Opcode_Parts()
    {
        RpcOpcode opcode = RpcOpcode.Create(0xFF, 2, 0x1234);
        Assert.Equal(0xFF021234u, opcode.Value);
        Assert.Equal((0xFF, 2, 0x1234), (opcode.Module, opcode.Version, opcode.Index));
    }

    [Fact]
    public void Reader_PastTheEnd_FailsAndGivesZeroes()
    {
        var reader = new WireReader([1, 2, 3]);
        Assert.Equal(0x0201, reader.ReadUInt16());
        Assert.Equal(0UL, reader.ReadUInt64());
        Assert.True(reader.Failed);
        Assert.Equal(0, reader.ReadByte());
        Assert.False(reader.IsComplete);
        var negative = new WireReader([1, 2, 3]);
        Assert.True(negative.ReadBytes(-1).IsEmpty);
        Assert.True(negative.Failed);
    }

    [Fact]
    public void Writer_PastTheEnd_FailsAndWritesNothing()
    {
        byte[] room = new byte[4];
        var writer = new WireWriter(room);
        writer.WriteUInt16(0x0102);
        writer.WriteUInt32(7);
        Assert.True(writer.Failed);
        Assert.Equal(2, writer.Position);
        writer.WriteByte(9);
        Assert.Equal([2, 1, 0, 0], room);
    }

    [Fact]
    public void Align_SkippedBytesMustBeZero()
    {
        var reader = new WireReader([1, 0, 0, 0, 0, 0, 0, 0]);
        reader.ReadByte();
        reader.Align8();
        Assert.True(reader.IsComplete);
        var spoiled = new WireReader([1, 0, 0, 0, 0, 0, 0, 1]);
        spoiled.ReadByte();
        spoiled.Align8();
        Assert.True(spoiled.Failed);
    }
}
