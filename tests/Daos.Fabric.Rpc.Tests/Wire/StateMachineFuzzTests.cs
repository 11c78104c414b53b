using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Rpc.Tests.Wire;

/// <summary>W3: legal frames in illegal order, from hostile clients and from hostile servers.</summary>
public sealed class StateMachineFuzzTests(ITestOutputHelper output)
{
    // Legal frames in illegal order, replays, duplicate ids, cancels out of nowhere, against a server that also serves a good client.
    [Theory]
    [Trait("Id", "W3")]
    [InlineData(WireKind.Cross, 60, 80_000)]
    [InlineData(WireKind.Sockets, 20, 20_000)]
    public void Server_LegalFramesInAnyOrder_StaysSaneForOthers(WireKind wire, int t0, int t1)
    {
        var run = new SeededRun("W3", $"server-{wire}", t0, t1, output.WriteLine);
        run.Run((seed, counts) => MistreatServer(wire, seed, counts));
        Assert.True(!run.IsComplete || run.Counts["closed"] > 0, "no seed sent a frame that closes");
    }

    // A server that answers anything: twice, never asked, somebody else's id, with requests of its own.
    [Fact]
    [Trait("Id", "W3")]
    public void Client_HostileServer_EveryCallEndsOnce() =>
        new SeededRun("W3", "client", t0: 60, t1: 20_000, output.WriteLine).Run(MistreatClient);

    private static void MistreatServer(WireKind wire, ulong seed, RunCounts counts)
    {
        using var world = new RpcWorld(wire, seed) { ExpectedUnhandled = null };
        using RawPeer raw = world.OpenRaw();
        raw.Connect();
        var random = new SeededRandom(seed);
        RpcEndpoint endpoint = world.Endpoint;
        var sent = new List<byte[]>();
        for (int i = 0; i < 50 && raw.Closed is null; i++)
        {
            byte[] frame = Draw(random, sent);
            sent.Add(frame);
            counts.Add("frames", 1);
            raw.Send(frame);
            for (int step = random.Next(20); step > 0; step--)
            {
                world.World.Step();
            }

            if (random.Chance(0.1))
            {
                world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
            }

            if (random.Chance(0.1))
            {
                world.Run(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [1, 2])).Code));
            }
        }

        counts.Add("closed", raw.Closed is null ? 0 : 1);
        world.World.RunFor(2_000_000_000);
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
        world.RunUntil(() => world.Server.RequestsActive == 0, "all slots");

        // Exactly one reply per answerable request, never more.
        var replies = raw.Messages.GroupBy(m => RawPeer.HeaderOf(m).RpcId).ToDictionary(g => g.Key, g => g.Count());
        var asked = sent.Where(m => (m[4] & (byte)(RpcFlags.OneWay | RpcFlags.Reply)) == 0).GroupBy(m => RawPeer.HeaderOf(m).RpcId).ToDictionary(g => g.Key, g => g.Count());
        Assert.All(replies, r => Assert.True(r.Value <= asked.GetValueOrDefault(r.Key), $"{r.Value} replies to id {r.Key} (seed {seed})"));
        world.Run(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [1, 2])).Code));
    }

    private static void MistreatClient(ulong seed, RunCounts counts)
    {
        using var world = new RpcWorld(WireKind.Cross, seed);
        using RawPeer hostile = world.OpenRaw();
        var random = new SeededRandom(seed);
        TransportUri address = hostile.Listen(TransportUri.Parse("loopback://hostile"));
        var seen = new List<byte[]>();
        hostile.Respond = (connection, message) =>
        {
            seen.Add(message);
            for (int i = random.Next(4); i > 0; i--)
            {
                RawPeer.Write(connection, DrawReply(random, seen));
            }
        };
        var ends = new List<DerCode>();
        for (int i = 0; i < 30; i++)
        {
            world.Start(async () =>
            {
                RpcEndpoint endpoint = world.Client.EndpointOf(address, 0).Value;
                ends.Add((await endpoint.CallAsync(SelfTestOpcodes.Echo, [1, 2, 3], world.World.NowNs + 50_000_000)).Code);
            });
            for (int step = random.Next(30); step > 0; step--)
            {
                world.World.Step();
            }
        }

        world.RunUntil(() => ends.Count == 30, "the end of every call");
        world.World.RunFor(100_000_000);
        Assert.Equal(30, ends.Count);
        world.Run(async () => Assert.Equal(DerCode.Success, (await world.Endpoint.CallAsync(SelfTestOpcodes.Echo, [1])).Code));
        counts.Add("calls", ends.Count);
    }

    private static byte[] Draw(SeededRandom random, List<byte[]> sent)
    {
        if (sent.Count > 0 && random.Chance(0.15))
        {
            return sent[random.Next(sent.Count)];
        }

        ulong id = 1 + (ulong)random.Next(12);
        switch (random.Next(28))
        {
            case < 6:
                return RawPeer.Request(SelfTestOpcodes.Echo, id, new byte[random.Next(100)]);
            case < 10:
                return RawPeer.Request(ProbeService.Hold, id, [1], deadlineMs: random.Next(3));
            case < 14:
                return RawPeer.Request(InternalOpcodes.Cancel, id, [], RpcFlags.OneWay, deadlineMs: 0);
            case < 16:
                return RawPeer.Request(ProbeService.Notify, id, [], RpcFlags.OneWay);
            case 16:
                return RawPeer.Request(ProbeService.Throw, id, []);
            case 17:
                return RawPeer.Request(ProbeService.ReplyTwice, id, []);
            case 18:
                return RawPeer.Request(InternalOpcodes.Statistics, id, []);
            case 19:
                return RawPeer.Request(InternalOpcodes.Cancel, id, []);
            case 20:
                byte[] push = new byte[SelfTestBulk.SizeBytes];
                new SelfTestBulk(new RemoteMemory(random.NextUInt64() | 1, 1 << 20, MemoryAccess.RemoteWrite), 0, 0, 4096, false).Write(push);
                return RawPeer.Request(random.Chance(0.5) ? SelfTestOpcodes.Push : SelfTestOpcodes.Pull, id, push);
            case 21:
                return RawPeer.Request(new RpcOpcode((uint)random.NextUInt64()), id, new byte[random.Next(32)]);
            case 22:
                return RawPeer.Request(SelfTestOpcodes.Echo, id, [], RpcFlags.Resend);
            case 23:
                return RawPeer.Request(SelfTestOpcodes.Echo, id, [1], RpcFlags.Queued, ticket: 1 + (ulong)random.Next(6));
            case 24 or 25:
                byte[] large = new byte[48];
                new RemoteMemory(random.NextUInt64() | 1, 1 + random.Next(1 << 20), MemoryAccess.RemoteRead).Write(large);
                bool isOneWay = random.Chance(0.3);
                return RawPeer.Request(isOneWay ? ProbeService.Notify : SelfTestOpcodes.Echo, id, large, RpcFlags.Large | (isOneWay ? RpcFlags.OneWay : 0));
            case 26:
                return RawPeer.Request(InternalOpcodes.Introduce, id, Calling.Pattern(16, random.Next(3)));
            default:
                return random.Chance(0.2) ? RawPeer.Request(SelfTestOpcodes.Echo, id, [], RpcFlags.Reply, deadlineMs: 0) : RawPeer.Request(InternalOpcodes.Ping, id, []);
        }
    }

    private static byte[] DrawReply(SeededRandom random, List<byte[]> seen)
    {
        RpcHeaderWire request = RawPeer.HeaderOf(seen[random.Next(seen.Count)]);
        RpcOpcode opcode = random.Chance(0.02) ? InternalOpcodes.Ping : new RpcOpcode(request.Opcode);
        ulong id = random.Chance(0.1) ? random.NextUInt64() | 1 : request.RpcId;
        if (random.Chance(0.01))
        {
            return RawPeer.Request(SelfTestOpcodes.Echo, id, []);
        }

        int code = random.Chance(0.3) ? -1000 - random.Next(60) : 0;
        byte[] reply = RawPeer.Request(opcode, id, new byte[random.Next(64)], RpcFlags.Reply, code, (ulong)random.Next(1000));
        return reply;
    }
}
