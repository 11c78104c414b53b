namespace Daos.Fabric.Rpc.Tests.Wire;

public sealed class MalformedMessageTests
{
    public static TheoryData<string, Action<byte[]>> Spoilers => new()
    {
        { "version 0", m => m[6] = 0 },
        { "version 1", m => m[6] = 1 },
        { "version 2", m => m[6] = 2 },
        { "version 4", m => m[6] = 4 },
        { "reserved byte", m => m[7] = 1 },
        { "unknown flag", m => m[4] |= 0x40 },
        { "place without room", m => m[4] |= (byte)RpcFlags.Queued },
        { "high flag", m => m[5] |= 0x80 },
        { "id 0", m => m.AsSpan(8, 8).Clear() },
        { "reserved word", m => m[34] = 1 },
        { "deadline negative", m => m[39] = 0x80 },
        { "deadline too long", m => BitConverter.TryWriteBytes(m.AsSpan(36), RpcLimits.DeadlineMsMax + 1) },
        { "payload too long", m => m[40]++ },
        { "payload too short", m => m[40]-- },
        { "payload huge", m => m[43] = 0xFF },
        { "modification without room", m => m[4] |= (byte)RpcFlags.Modification },
        { "modification wrapped", m => { m[4] |= (byte)RpcFlags.Modification; BitConverter.TryWriteBytes(m.AsSpan(40), -48); } },
        { "reply to a server", m => m[4] = (byte)RpcFlags.Reply },
        { "reply and one-way", m => m[4] = (byte)(RpcFlags.Reply | RpcFlags.OneWay) },
    };

    [Theory]
    [MemberData(nameof(Spoilers))]
    public void Request_Spoiled_ClosesTheConnectionAndOnlyIt(string what, Action<byte[]> spoil)
    {
        using var world = new RpcWorld(WireKind.Cross);
        using RawPeer raw = world.OpenRaw();
        raw.Connect();
        byte[] message = RawPeer.Request(SelfTestOpcodes.Echo, 1, [1, 2, 3, 4, 5, 6, 7, 8], deadlineMs: 0);
        spoil(message);
        raw.Send(message);
        world.RunUntil(() => raw.Closed is not null, $"the end ({what})");
        Assert.Equal(1, world.Server.Statistics.MalformedMessages);
        Assert.Empty(raw.Messages);
        Assert.Equal(0, world.Server.Statistics.RequestsReceived);
        world.Run(async () => Assert.Equal(DerCode.Success, (await world.Endpoint.CallAsync(SelfTestOpcodes.Echo, [1])).Code));
    }

    public static TheoryData<string, Action<byte[]>> PlaceSpoilers => new()
    {
        { "retry in a request", m => m[48] = 1 },
        { "reserved word", m => m[52] = 1 },
        { "no ticket", m => m.AsSpan(56, 8).Clear() },
    };

    [Theory]
    [MemberData(nameof(PlaceSpoilers))]
    public void Place_Spoiled_ClosesTheConnection(string what, Action<byte[]> spoil)
    {
        using var world = new RpcWorld(WireKind.Cross);
        using RawPeer raw = world.OpenRaw();
        raw.Connect();
        byte[] message = RawPeer.Request(SelfTestOpcodes.Echo, 1, [1], RpcFlags.Queued, deadlineMs: 0, ticket: 1);
        raw.Send(message);
        world.RunUntil(() => raw.Messages.Count == 1, "the answer to the one that is well-formed");
        spoil(message);
        raw.Send(message);
        world.RunUntil(() => raw.Closed is not null, $"the end ({what})");
        Assert.Equal(1, world.Server.Statistics.MalformedMessages);
    }

    [Fact]
    public void Reply_WithAPlace_IsMalformedUnlessItSaysOverload()
    {
        byte[] served = RawPeer.Request(SelfTestOpcodes.Echo, 1, [], RpcFlags.Reply | RpcFlags.Queued, deadlineMs: 0);
        Assert.False(RawPeer.HeaderOf(served).IsWellFormed(served.Length));
        byte[] sentAway = RawPeer.Request(SelfTestOpcodes.Echo, 1, [], RpcFlags.Reply | RpcFlags.Queued, DerCode.OverloadRetry.Value);
        Assert.True(RawPeer.HeaderOf(sentAway).IsWellFormed(sentAway.Length));
        Assert.True(PlaceIsFine(sentAway));
        sentAway[52] = 1;
        Assert.False(PlaceIsFine(sentAway));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(47)]
    public void Message_ShorterThanAHeader_ClosesTheConnection(int length)
    {
        using var world = new RpcWorld(WireKind.Cross);
        using RawPeer raw = world.OpenRaw();
        raw.Connect();
        raw.Send(new byte[length]);
        world.RunUntil(() => raw.Closed is not null, "the end");
        Assert.Equal(1, world.Server.Statistics.MalformedMessages);
    }

    [Fact]
    public void Modification_Contradictory_ClosesTheConnection()
    {
        var good = new ModificationInfo { ClientId = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), Sequence = 5, LowestUnanswered = 5 };
        foreach (ModificationInfo bad in new[]
        {
            good with { ClientId = Guid.Empty },
            good with { Sequence = 0, LowestUnanswered = 0 },
            good with { LowestUnanswered = 6 },
            good with { Flags = 2 },
        })
        {
            using var world = new RpcWorld(WireKind.Cross);
            using RawPeer raw = world.OpenRaw();
            raw.Connect();
            byte[] message = RawPeer.Request(ProbeService.Modify, 1, new byte[ModificationWire.SizeBytes], RpcFlags.Modification);
            MemoryMarshal.AsRef<RpcHeaderWire>(message.AsSpan()).PayloadBytes = 0;
            ModificationWire.Write(message.AsSpan(RpcHeaderWire.SizeBytes), bad);
            raw.Send(message);
            world.RunUntil(() => raw.Closed is not null, "the end");
        }
    }

    [Fact]
    public void RandomHeaders_100000_NeverThrowAndRarelyPass()
    {
        var random = new SeededRandom(5);
        byte[] valid = RawPeer.Request(SelfTestOpcodes.Echo, 1, new byte[16]);
        byte[] message = new byte[valid.Length];
        int wellFormed = 0;
        for (int i = 0; i < 100_000; i++)
        {
            valid.CopyTo(message, 0);
            int changes = 1 + random.Next(8);
            for (int c = 0; c < changes; c++)
            {
                message[random.Next(RpcHeaderWire.SizeBytes)] = (byte)random.NextUInt64();
            }

            int length = random.Chance(0.5) ? message.Length : RpcHeaderWire.SizeBytes + random.Next(17);
            RpcHeaderWire header = MemoryMarshal.Read<RpcHeaderWire>(message);
            if (header.IsWellFormed(length))
            {
                wellFormed++;
                Assert.Equal(length, header.HeadBytes + (int)header.PayloadBytes);
                Assert.Equal(RpcHeaderWire.CurrentVersion, header.Version);
                Assert.NotEqual(0UL, header.RpcId);
                bool isReply = (header.Flags & (ushort)RpcFlags.Reply) != 0;
                Assert.True(!isReply || header.DeadlineMsOrCode <= 0);
            }
        }

        Assert.InRange(wellFormed, 1, 40_000);
    }

    private static unsafe bool PlaceIsFine(byte[] message)
    {
        fixed (byte* address = message)
        {
            return PlaceWire.TryRead(*(RpcHeaderWire*)address, address, out _);
        }
    }
}
