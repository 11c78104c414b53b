using Daos.Fabric.Protocol.Drpc;

namespace Daos.Fabric.Rpc.Tests.Protocol.Drpc;

/// <summary>Packets of dRPC: what DAOS sends is read, and what contradicts itself is refused.</summary>
public sealed class DrpcFramingTests
{
    private const int Full = DrpcLimits.ChunkDataMax;

    [Fact]
    public void Header_HasDaosLayout()
    {
        byte[] bytes = new byte[DrpcLimits.HeaderBytes];
        new DrpcChunkHeader(0x0102030405060708, 0x1112131415161718, 0x21222324, 0x31323334).Write(bytes);
        Assert.Equal("0807060504030201" + "1817161514131211" + "24232221" + "34333231", Convert.ToHexString(bytes));
        Assert.Equal(131072, DrpcLimits.ChunkBytesMax);
        Assert.Equal(131048, Full);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(Full - 1, 1)]
    [InlineData(Full, 1)]
    [InlineData(Full + 1, 2)]
    [InlineData(3 * Full, 3)]
    [InlineData(DrpcLimits.MessageBytesMax, 129)]
    public void Message_OfAnyLength_ComesBackInItsPackets(int bytes, int packets)
    {
        byte[] message = Random(bytes, 3);
        Assert.Equal(packets, DrpcChunkHeader.CountOf(bytes));
        var assembler = new DrpcAssembler();
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < packets; i++)
            {
                Assert.Equal(i > 0, assembler.IsInside);
                DerResult<byte[]?> result = assembler.Add(Packet(message, i));
                Assert.Equal(DerCode.Success, result.Code);
                Assert.Equal(i == packets - 1, result.Value is not null);
                Assert.True(result.Value is null || result.Value.AsSpan().SequenceEqual(message));
            }

            Assert.False(assembler.IsInside);
        }
    }

    [Fact]
    public void MissingPacket_IsRefused() => Refuses(DerCode.Mismatch, 0, 2);

    [Fact]
    public void PacketThatCameTwice_IsRefused() => Refuses(DerCode.Mismatch, 0, 0);

    [Fact]
    public void MessageThatBeginsInTheMiddle_IsRefused() => Refuses(DerCode.Mismatch, 1);

    [Fact]
    public void NextMessageBeforeThisOneIsWhole_IsRefused()
    {
        var assembler = new DrpcAssembler();
        Assert.True(assembler.Add(Packet(Random(2 * Full, 1), 0)).IsSuccess);
        Assert.Equal(DerCode.Protocol, assembler.Add(Packet(Random(5, 1), 0)).Code);
    }

    [Fact]
    public void MessageAboveTheLimit_IsRefusedBeforeAnythingIsAllocated()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (ulong total in new ulong[] { DrpcLimits.MessageBytesMax + 1, long.MaxValue, ulong.MaxValue })
        {
            byte[] packet = new byte[DrpcLimits.HeaderBytes + 8];
            new DrpcChunkHeader(total, 8, 0, uint.MaxValue).Write(packet);
            Assert.Equal(DerCode.Overflow, new DrpcAssembler().Add(packet).Code);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 10);
    }

    [Fact]
    public void MemoryForAMessage_GrowsWithWhatCame()
    {
        byte[] packet = new byte[DrpcLimits.ChunkBytesMax];
        DrpcChunkHeader.Of(DrpcLimits.MessageBytesMax, 0).Write(packet);
        var assembler = new DrpcAssembler();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(assembler.Add(packet).IsSuccess);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * DrpcLimits.ChunkBytesMax);
    }

    [Fact]
    public void PacketShorterThanAHeaderOrLongerThanAPacket_IsRefused()
    {
        Assert.Equal(DerCode.Truncated, new DrpcAssembler().Add([]).Code);
        Assert.Equal(DerCode.Truncated, new DrpcAssembler().Add(new byte[DrpcLimits.HeaderBytes - 1]).Code);
        byte[] packet = new byte[DrpcLimits.ChunkBytesMax + 1];
        Packet(Random(Full, 1), 0).CopyTo(packet, 0);
        Assert.Equal(DerCode.Truncated, new DrpcAssembler().Add(packet).Code);
    }

    [Fact]
    public void HeaderThatContradictsItself_IsRefused()
    {
        byte[] good = Packet(Random(100, 1), 0);
        DrpcChunkHeader header = DrpcChunkHeader.Read(good);
        Assert.Equal(DerCode.Truncated, With(good, header with { DataBytes = 99 }));
        Assert.Equal(DerCode.Truncated, With(good, header with { DataBytes = ulong.MaxValue }));
        Assert.Equal(DerCode.Protocol, With(good, header with { Chunks = 0 }));
        Assert.Equal(DerCode.Protocol, With(good, header with { Chunks = 2 }));
        Assert.Equal(DerCode.Mismatch, With(good, header with { Index = 1 }));
        Assert.Equal(DerCode.Protocol, With(good, header with { TotalBytes = 99 }));
        Assert.Equal(DerCode.Protocol, With(good, header with { TotalBytes = 101 }));
        Assert.Equal(DerCode.Success, With(good, header));
    }

    [Fact]
    public void HeaderThatChangesWithinAMessage_IsRefused()
    {
        byte[] message = Random((2 * Full) + 5, 1);
        DrpcChunkHeader second = DrpcChunkHeader.Of(message.Length, 1);
        Assert.Equal(DerCode.Protocol, Behind(second with { TotalBytes = (ulong)message.Length + 1 }));
        Assert.Equal(DerCode.Protocol, Behind(second with { Chunks = 4 }));

        DerCode Behind(DrpcChunkHeader header)
        {
            var assembler = new DrpcAssembler();
            Assert.True(assembler.Add(Packet(message, 0)).IsSuccess);
            byte[] packet = Packet(message, 1);
            header.Write(packet);
            return assembler.Add(packet).Code;
        }
    }

    [Fact]
    public void DamagedPackets_NeverGiveAnotherMessageOrThrow()
    {
        for (ulong seed = 1; seed <= 400; seed++)
        {
            var random = new SeededRandom(seed);
            byte[] message = Random(random.Next(3 * Full), seed);
            var assembler = new DrpcAssembler();
            bool wasDamaged = false;
            for (int i = 0; i < DrpcChunkHeader.CountOf(message.Length); i++)
            {
                byte[] packet = Packet(message, i);
                if (random.Chance(0.5))
                {
                    wasDamaged = true;
                    packet[random.Next(DrpcLimits.HeaderBytes)] ^= (byte)(1 << random.Next(8));
                    packet = random.Chance(0.3) ? packet[..random.Next(packet.Length + 1)] : packet;
                }

                // A first packet may announce another length; then the second one contradicts it.
                DerResult<byte[]?> result = assembler.Add(packet);
                Assert.True(wasDamaged || result.IsSuccess, $"seed {seed}, packet {i}: {result.Code}");
                if (!result.IsSuccess)
                {
                    break;
                }

                Assert.True(result.Value is null || !wasDamaged, $"seed {seed}: a damaged message came whole");
            }
        }
    }

    private static void Refuses(DerCode code, params int[] indexes)
    {
        byte[] message = Random((3 * Full) - 7, 1);
        var assembler = new DrpcAssembler();
        DerResult<byte[]?> last = (byte[]?)null;
        foreach (int index in indexes)
        {
            Assert.Equal(DerCode.Success, last.Code);
            last = assembler.Add(Packet(message, index));
        }

        Assert.Equal(code, last.Code);
    }

    private static DerCode With(byte[] good, DrpcChunkHeader header)
    {
        byte[] packet = [.. good];
        header.Write(packet);
        return new DrpcAssembler().Add(packet).Code;
    }

    private static byte[] Packet(byte[] message, int index)
    {
        byte[] packet = new byte[DrpcLimits.ChunkBytesMax];
        return packet[..DrpcChunkHeader.WritePacket(message, index, packet)];
    }

    private static byte[] Random(int bytes, ulong seed)
    {
        byte[] made = new byte[bytes];
        new SeededRandom(seed).Fill(made);
        return made;
    }
}
