using System.Runtime.InteropServices;
using Daos.Fabric.Transport.SharedMemory;
using Daos.Fabric.Transport.SharedMemory.Rings;

namespace Daos.Fabric.Transport.Tests.SharedMemory;

/// <summary>W1 for shared memory: a hostile peer writes what it likes into the rings. Seeded.</summary>
public sealed unsafe class RingFuzzTests(ITestOutputHelper output)
{
    private const int ReaderFrames = 1_000_000;
    private const int Connections = 1500;
    private const ulong Seed = 20_251_121;
    private const int Lines = 4096;
    private const int PayloadMax = 64 * 1024;

    [Fact]
    [Trait("Id", "W1")]
    public void Reader_OneMillionHostileHeaders_NeverLeavesTheRing()
    {
        var random = new SeededRandom(Seed);
        byte* segment = (byte*)NativeMemory.AllocZeroed((nuint)RingLayout.SegmentBytes(Lines));
        byte* first = RingLayout.LinesOf(segment, 0, Lines);
        byte* end = first + (Lines * RingLayout.LineBytes);
        var reader = new RingReader(segment, 0, Lines, PayloadMax);
        ulong position = 0;
        int refused = 0;
        int taken = 0;
        for (int i = 0; i < ReaderFrames; i++)
        {
            byte* line = first + (long)(position % Lines * RingLayout.LineBytes);
            ulong header = Hostile(random, position);
            *(ulong*)line = header;
            if (!reader.TryRead(out FrameKind kind, out byte* payload, out int length))
            {
                refused++;
                *(ulong*)line = 0;
                reader = new RingReader(segment, 0, Lines, PayloadMax);
                Clear(first);
                position = 0;
                continue;
            }

            if (kind == FrameKind.None)
            {
                // Not published, or a skip to a line where nothing is.
                position = RingLayout.IsPublished(header, position) ? position + Lines - (position % Lines) : position;
                *(ulong*)line = 0;
                continue;
            }

            taken++;
            Assert.True(payload >= first && payload + length <= end && length <= PayloadMax);
            reader.Consume(length);
            position += (ulong)RingLayout.LinesOf(length);
        }

        NativeMemory.Free(segment);
        string line2 = $"W1 shm reader: headers={ReaderFrames} refused={refused} taken={taken} seed={Seed}";
        output.WriteLine(line2);
        Assert.True(refused > 100_000 && taken > 100_000, line2);
    }

    [Fact]
    [Trait("Id", "W1")]
    public void Connection_HostileRing_EndsAndItsNeighbourGoesOn()
    {
        var random = new SeededRandom(Seed + 1);
        using var pair = new SharedMemoryPair("uring");
        pair.Connect();
        TransportConnection neighbour = pair.Near;
        long echoes = 0;
        TransportConnection good = pair.Far;
        pair.ServerHandler.Keep = false;
        pair.ServerHandler.OnEach = (TransportConnection c, in InboundMessage _) => echoes += ReferenceEquals(c, good) ? 1 : 0;
        using var exposed = new NativeBlock(1000);
        using var local = new NativeBlock(1000);
        int closed = 0;
        for (int i = 0; i < Connections; i++)
        {
            pair.ServerHandler.Closed.Clear();
            pair.ServerHandler.Accepted.Clear();
            pair.Connect();
            pair.On(pair.ServerLoop, () => _ = pair.Server.Register(pair.Far, exposed.Address, 1000, MemoryAccess.RemoteRead));
            Task<DerCode> transfer = pair.Begin(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(new RemoteMemory(7, 1000, MemoryAccess.RemoteRead), 0, local.Address, 1000));
            Attack(pair, random);
            if (pair.ServerHandler.Closed.Count == 0)
            {
                pair.On(pair.ServerLoop, () => pair.Far.Close(DerCode.Canceled));
            }
            else
            {
                closed++;
                Assert.True(pair.ServerHandler.Closed[0].Reason.IsError);
            }

            pair.On(pair.ClientLoop, () => pair.Near.Close(DerCode.Canceled));
            pair.RunUntil(() => pair.ServerContext.ConnectionCount == 1 && transfer.IsCompleted, "the end of the offender");
            Assert.True(exposed.GuardsIntact && local.GuardsIntact);
            Assert.False(exposed.Span.ContainsAnyExcept((byte)0));
            using (pair.ClientLoop.Enter())
            {
                neighbour.BeginMessage(8).Clear();
                neighbour.EndMessage(8);
            }
        }

        pair.RunUntil(() => echoes == Connections, "the neighbour's messages");
        Assert.True(good.IsOpen);
        string line = $"W1 shm connections: offenders={Connections} closed-by-us={closed} seed={Seed + 1}";
        output.WriteLine(line);
        Assert.True(closed > Connections / 2, line);
    }

    // The client's end is not run meanwhile: what stands in its ring is the attacker's.
    private static void Attack(SharedMemoryPair pair, SeededRandom random)
    {
        SharedMemoryConnection attacker = pair.NearEnd;
        byte* segment = attacker.SegmentAddress;
        byte* lines = RingLayout.LinesOf(segment, 0, attacker.RingLines);
        ulong position = 0;
        pair.ServerLoop.RunTurn(0);
        for (int frame = 0; frame < 8 && pair.ServerHandler.Closed.Count == 0; frame++)
        {
            int payload = random.Next(200);
            byte* line = lines + ((long)position * RingLayout.LineBytes);
            random.Fill(new Span<byte>(line + 8, 200));
            if (random.Next(3) > 0)
            {
                // Small numbers find slots, transfers and regions.
                *(uint*)(line + 8) = (uint)random.Next(3);
                *(uint*)(line + 12) = (uint)random.Next(3);
                *(uint*)(line + 16) = (uint)random.Next(5);
            }

            ulong header = random.Next(3) == 0
                ? Hostile(random, position)
                : RingLayout.Pack((FrameKind)(1 + random.Next(11)), random.Next(2) == 0 ? payload : 8 << random.Next(3), position);
            Volatile.Write(ref *(ulong*)line, header);
            if (random.Next(10) == 0)
            {
                *RingLayout.HeadOf(segment, 1) = random.NextUInt64() >> random.Next(64);
            }

            if (random.Next(10) == 0)
            {
                *RingLayout.FlagsOf(segment, 1) = (uint)random.NextUInt64();
                *RingLayout.FlagsOf(segment, 0) = (uint)random.NextUInt64();
            }

            pair.ServerLoop.RunTurn(0);
            pair.ServerLoop.RunTurn(0);
            position += (ulong)RingLayout.LinesOf(RingLayout.LengthOf(header));
            if (position + 8 > (ulong)attacker.RingLines)
            {
                return;
            }
        }
    }

    private static ulong Hostile(SeededRandom random, ulong position) => random.Next(4) switch
    {
        0 => random.NextUInt64(),
        1 => (random.NextUInt64() & ~0xFFFF_FFFFUL) | (uint)(position + 1),
        2 => RingLayout.Pack((FrameKind)random.Next(256), random.Next(1 << 24), position),
        _ => RingLayout.Pack((FrameKind)(1 + random.Next(10)), random.Next(4000), position),
    };

    private static void Clear(byte* first)
    {
        for (int i = 0; i < Lines; i++)
        {
            *(ulong*)(first + (i * RingLayout.LineBytes)) = 0;
        }
    }
}
