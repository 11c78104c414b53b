using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Simulation.Tests.Checksums;

/// <summary>
/// DAOS's checksum scenarios that concern one target (daos_checksum.c), with every kind of checksum: what was written comes back through
/// client, engine and store, and every checksum on the way fits. Layouts are in chunks of 64 bytes where DAOS has chunks of 8 to 32.
/// </summary>
public sealed class ChecksumScenarioTests
{
    private const uint Chunk = 64;

    public static TheoryData<ChecksumType> Kinds => ChecksumPath.Kinds;

    // DAOS_CSUM00 to 04.8, 16, 17 and 18: record size, writes (first record, records), reads (first record, records).
    private static readonly (string Name, int RecordBytes, (ulong Index, ulong Count)[] Writes, (ulong Index, ulong Count)[] Reads)[] s_layouts =
    [
        ("CSUM02 array", 1, [(0, 200)], [(0, 200), (0, 64), (64, 64), (10, 20), (60, 10)]),
        ("CSUM03 overlapping, unaligned extents", 1, [(2, 510), (0, 8), (6, 64), (1022, 150), (64, 128)], [(2, 1020), (0, 1024), (5, 64)]),
        ("CSUM03.1 overwrites after the first chunk", 32, [(8, 2), (9, 2)], [(8, 3)]),
        ("CSUM03.2 unaligned record size", 3, [(8, 50)], [(8, 2), (20, 30)]),
        ("CSUM03.3 record larger than chunk", 200, [(0, 100)], [(0, 100), (7, 1)]),
        ("CSUM03.4 second chunk half first", 2, [(0, 128), (0, 64), (16, 24)], [(0, 128), (16, 40)]),
        ("CSUM03.5 overlapping after the first chunk", 1, [(0, 128), (0, 32), (64, 96)], [(0, 160)]),
        ("CSUM03.6 second half of a chunk", 1, [(0, 1024)], [(512, 512), (32, 32), (992, 32)]),
        ("CSUM04.1 hole inside a chunk", 1, [(0, 16), (40, 10)], [(0, 50)]),
        ("CSUM04.2 holes at both ends", 1, [(8, 16), (40, 10)], [(0, 64)]),
        ("CSUM04.3 hole into the next chunk", 1, [(32, 24), (72, 24)], [(0, 92)]),
        ("CSUM04.4 many holes in a chunk", 1, [(8, 1), (15, 1), (25, 1), (30, 1), (35, 1)], [(0, 60), (9, 21)]),
        ("CSUM04.5 hole over many chunks", 1, [(8, 1), (1000, 1)], [(0, 2000)]),
        ("CSUM04.6 holes, larger records", 8, [(8, 4), (20, 3), (119, 5), (200, 1), (208, 1), (212, 1)], [(0, 250)]),
        ("CSUM04.8 extents in reverse order", 1, [(512, 600), (256, 300), (0, 300)], [(0, 1100), (250, 10)]),
        ("CSUM16 unaligned hole at the beginning", 1, [(130, 1700)], [(0, 1830), (129, 2)]),
        ("CSUM17 rounding", 1, [(1000, 5777), (20, 40)], [(0, 6777), (999, 2), (6776, 1)]),
        ("CSUM18 starts long after the extent", 1, [(0, 100_000)], [(99_000, 1000), (65_535, 2)]),
        ("large extents over small ones", 1, [(0, 3000), (2000, 70_000), (5000, 100), (1000, 20_000)], [(0, 72_000), (900, 4200)]),
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Arrays_OfEveryLayout_ComeBack(ChecksumType type)
    {
        using var path = new ChecksumPath(seed: 20 + (ulong)type);
        foreach (uint chunkBytes in (ReadOnlySpan<uint>)[Chunk, 1000, 32 << 10])
        {
            path.UseContainer(type, chunkBytes);
            foreach (var (name, recordBytes, writes, reads) in s_layouts)
            {
                // Longest possible checksums of many small chunks do not fit one message.
                ulong records = Math.Max(writes.Max(w => w.Index + w.Count), reads.Max(r => r.Index + r.Count));
                if ((long)records * recordBytes / chunkBytes * ChecksumTypes.Words(type) > 14_000)
                {
                    continue;
                }

                byte[] expected = new byte[(long)records * recordBytes];
                ulong seed = 1;
                foreach ((ulong index, ulong count) in writes)
                {
                    byte[] data = ChecksumPath.Random((int)count * recordBytes, seed++);
                    data.CopyTo(expected, (int)index * recordBytes);
                    Assert.Equal(DerCode.Success, path.Write(name, recordBytes, index, data));
                }

                foreach ((ulong index, ulong count) in reads)
                {
                    byte[] room = new byte[(int)count * recordBytes];
                    Assert.Equal(DerCode.Success, path.Read(name, index, count, room));
                    Assert.True(expected.AsSpan((int)index * recordBytes, room.Length).SequenceEqual(room), $"{name}, chunks of {chunkBytes}: records {index}");
                }
            }
        }

        Assert.Equal(0, path.ClientErrors);
        Assert.Equal(0, path.StatisticsOf().ChecksumErrors);
    }

    // DAOS_CSUM06: single values of every way to travel and lie: in the message or pulled, in the arena or in the data file.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void SingleValues_OfEverySize_ComeBack(ChecksumType type)
    {
        using var path = new ChecksumPath(seed: 40 + (ulong)type);
        path.UseContainer(type, 32 << 10);
        foreach (int bytes in (ReadOnlySpan<int>)[1, 63, 64, 4095, 4096, 10_000, 19 * 1024, 30_000, (1 << 20) + 1, 3_000_000])
        {
            byte[] value = ChecksumPath.Random(bytes);
            byte[] room = new byte[bytes];
            Assert.Equal(DerCode.Success, path.Put($"value-{bytes}", value));
            Assert.Equal(DerCode.Success, path.Get($"value-{bytes}", room));
            Assert.Equal(value, room);
        }
    }

    // DAOS_CSUM07, 14, 14.1 and 15: single values and arrays together, several runs in one akey, and akeys that are not there.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Mix_OfSingleValuesAndArrays_ComesBack(ChecksumType type)
    {
        using var path = new ChecksumPath(seed: 60 + (ulong)type);
        path.UseContainer(type, Chunk);
        byte[] single = ChecksumPath.Random(500, 1);
        byte[] first = ChecksumPath.Random(100, 2);
        byte[] second = ChecksumPath.Random(300, 3);
        Recx[] runs = [new(10, 100), new(1000, 300)];
        ReadOnlyMemory<byte>[] pieces = [first, second];
        Assert.Equal(DerCode.Success, path.Update(
            DaosUpdateIod.Single(ChecksumPath.Bytes("s1"), single),
            DaosUpdateIod.Array(ChecksumPath.Bytes("a1"), 1, runs, pieces),
            DaosUpdateIod.Array(ChecksumPath.Bytes("a2"), 2, new Recx(7, 50), first),
            DaosUpdateIod.Single(ChecksumPath.Bytes("s2"), second)));
        var rooms = new byte[5][];
        rooms[0] = new byte[500];
        rooms[1] = new byte[400];
        rooms[2] = new byte[100];
        rooms[3] = new byte[300];
        rooms[4] = new byte[8];
        DaosFetchIod none = DaosFetchIod.Single(ChecksumPath.Bytes("none"), rooms[4]);
        Assert.Equal(DerCode.Success, path.Fetch(
            DaosFetchIod.Single(ChecksumPath.Bytes("s1"), rooms[0]),
            DaosFetchIod.Array(ChecksumPath.Bytes("a1"), runs, rooms[1]),
            DaosFetchIod.Array(ChecksumPath.Bytes("a2"), new Recx(7, 50), rooms[2]),
            none,
            DaosFetchIod.Single(ChecksumPath.Bytes("s2"), rooms[3])));
        Assert.Equal(single, rooms[0]);
        Assert.Equal((byte[])[.. first, .. second], rooms[1]);
        Assert.Equal(first, rooms[2]);
        Assert.Equal(second, rooms[3]);
        Assert.Equal(0, none.RecordBytes);
    }

    // A call whose checksums do not fit one message says so, and moves nothing.
    [Fact]
    public void Write_MoreChecksumsThanAMessageHolds_Overflow()
    {
        using var path = new ChecksumPath(seed: 80);
        path.UseContainer(ChecksumType.Sha512, Chunk);
        var refused = Assert.Throws<DaosException>(() => path.Write("a", 1, 0, new byte[64 * 1024]));
        Assert.Equal(DerCode.Overflow, refused.Code);
        Assert.Equal(DerCode.Success, path.Write("a", 1, 0, new byte[32 * 1024]));
    }
}
