using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Checksums;

/// <summary>
/// Every kind of checksum with small and large chunks, over what DAOS's VOS_CSUM and EVT_CSUM scenarios lay out: one chunk, several,
/// parts of them, extents that overlap, holes. Every answer's checksums are compared with its bytes by <see cref="StoreCalls"/>.
/// </summary>
public class ChecksumMatrixTests
{
    public static TheoryData<ChecksumType, uint> Kinds
    {
        get
        {
            var data = new TheoryData<ChecksumType, uint>();
            foreach (ChecksumType type in Enum.GetValues<ChecksumType>())
            {
                foreach (uint chunkBytes in (ReadOnlySpan<uint>)[64, 1000, 32 << 10, 256 << 10])
                {
                    data.Add(type, chunkBytes);
                }
            }

            return data;
        }
    }

    // VOS_CSUM01 to 10: windows that begin and end on, before and behind the edges of chunks and extents.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_OfAnyWindow_HasBytesAndChecksums(ChecksumType type, uint chunkBytes)
    {
        var store = new ObjectFixture(seed: 7);
        store.Calls.Type = type;
        store.Calls.ChunkSize = chunkBytes;
        var random = new SeededRandom(chunkBytes + (ulong)type);
        byte[] expected = new byte[type is ChecksumType.None ? 20_000 : (int)Math.Min(chunkBytes * 5, 700_000)];
        int[] edges = [0, 1, (int)chunkBytes - 1, (int)chunkBytes, (int)chunkBytes + 1, (int)chunkBytes * 2, expected.Length - 1];
        for (int write = 0; write < 24; write++)
        {
            int start = write < 3 ? 0 : Near(random, edges, expected.Length);
            int length = write == 0 ? expected.Length / 2 : Math.Max(1, Near(random, edges, expected.Length - start));
            length = Math.Min(length, 55 * (int)Math.Max(chunkBytes, 64));
            byte[] data = new byte[length];
            random.Fill(data);
            data.CopyTo(expected, start);
            Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(CallKeys.Of("d", "a"), 1, ((ulong)start, (ulong)length, data))).Code);
        }

        for (int read = 0; read < 60; read++)
        {
            int start = Near(random, edges, expected.Length);
            int length = Math.Max(1, Near(random, edges, expected.Length - start));
            (DerCode code, byte[]? bytes, _) = store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "a"), (ulong)start, (ulong)length));
            Assert.Equal(DerCode.Success, code);
            Assert.Equal(expected.AsSpan(start, length).ToArray(), bytes);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void SingleValue_OfAnySize_ComesBackWithItsChecksum(ChecksumType type, uint chunkBytes)
    {
        var store = new ObjectFixture(seed: 8);
        store.Calls.Type = type;
        foreach (int bytes in (ReadOnlySpan<int>)[1, 7, 64, 4095, 4096, 4097, (int)chunkBytes, 600_000, (1 << 20) + 5, 2_500_000])
        {
            byte[] value = new byte[bytes];
            new SeededRandom((ulong)bytes).Fill(value);
            Assert.Equal(DerCode.Success, store.Put("d", "a", value).Code);
            if (bytes <= 1 << 20)
            {
                Assert.Equal(value, store.Get("d", "a").Value!);
            }
        }
    }

    // What arrives damaged is refused; with verification on arrival off it is kept, and who reads it hears of it.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Update_Damaged_IsRefusedOrFoundLater(ChecksumType type, uint chunkBytes)
    {
        if (type == ChecksumType.None)
        {
            return;
        }

        var store = new ObjectFixture(seed: 9);
        store.Calls.Type = type;
        store.Calls.ChunkSize = chunkBytes;
        store.Calls.VerifiesAll = true;
        foreach (int bytes in (ReadOnlySpan<int>)[50, 5000])
        {
            byte[] value = new byte[bytes];
            store.Calls.VerifiesOnArrival = true;
            store.Calls.CorruptNextChecksum = true;
            Assert.Equal(DerCode.Checksum, store.Put("d", $"s{bytes}", value).Code);
            store.Calls.CorruptNextChecksum = true;
            Assert.Equal(DerCode.Checksum, store.Run(() => store.Calls.WriteAsync(CallKeys.Of("d", $"a{bytes}"), 1, (9, (ulong)bytes, value))).Code);

            store.Calls.VerifiesOnArrival = false;
            store.Calls.CorruptNextChecksum = true;
            Assert.Equal(DerCode.Success, store.Put("d", $"s{bytes}", value).Code);
            Assert.Equal(DerCode.Checksum, store.Get("d", $"s{bytes}").Code);
            store.Calls.CorruptNextChecksum = true;
            Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(CallKeys.Of("d", $"a{bytes}"), 1, (9, (ulong)bytes, value))).Code);
            Assert.Equal(DerCode.Checksum, store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", $"a{bytes}"), 9, (ulong)bytes)).Code);
        }

        Assert.Equal(4, store.Shard.Statistics.CorruptedValues);
    }

    // A record of the arena is one block: what does not fit it with its checksums goes to the data file although it is below the threshold.
    [Fact]
    public void Write_LongChecksumsBesideALargeArenaValue_GoesToTheDataFile()
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, DataThresholdBytes = 32 << 10 });
        store.Calls.Type = ChecksumType.Sha512;
        store.Calls.ChunkSize = 64;
        byte[] value = new byte[32_700];
        new SeededRandom(1).Fill(value);
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(CallKeys.Of("d", "a"), 1, (0, 32_700, value))).Code);
        Assert.Equal(value, store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "a"), 0, 32_700)).Bytes);
        Assert.True(store.Shard.Statistics.DataWrittenBytes > 0);
    }

    private static int Near(SeededRandom random, int[] edges, int limit)
    {
        int at = random.Next(3) == 0 ? random.Next(Math.Max(limit, 1)) : edges[random.Next(edges.Length)] + random.Next(3) - 1;
        return Math.Clamp(at, 0, Math.Max(limit - 1, 0));
    }
}
