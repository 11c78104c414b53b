using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Simulation.Tests.Checksums;

/// <summary>
/// Bits that turn over between client and store, on media and in stored checksums, with every kind of checksum: never a wrong byte to the
/// caller. What happens on the way is healed by moving the value again; what is stored is found, marked and told.
/// </summary>
public sealed class ChecksumFaultTests
{
    private const string Akey = "a";

    // In the message or pulled, to the arena or to the data file.
    private static readonly int[] s_sizes = [100, 5000, 30_000, 600_000];

    public static TheoryData<ChecksumType> Sums => ChecksumPath.Sums;

    // DAOS_CSUM_CORRUPT_UPDATE with srv_cksum on (DAOS_CSUM01).
    [Theory]
    [MemberData(nameof(Sums))]
    public void Update_DamagedOnTheWay_IsRefusedAndSentAgain(ChecksumType type)
    {
        using var path = new ChecksumPath(seed: 100 + (ulong)type);
        path.UseContainer(type, 1024);
        foreach (int bytes in s_sizes)
        {
            byte[] value = ChecksumPath.Random(bytes);
            byte[] room = new byte[bytes];
            path.Faults.Arm(FaultPoint.ObjectUpdateCorrupted, timesMax: 1);
            Assert.Equal(DerCode.Success, path.Put($"s{bytes}", value));
            path.Faults.Arm(FaultPoint.ObjectUpdateCorrupted, timesMax: 1);
            Assert.Equal(DerCode.Success, path.Write($"a{bytes}", 1, 33, value));
            Assert.Equal(DerCode.Success, path.Get($"s{bytes}", room));
            Assert.Equal(value, room);
            Assert.Equal(DerCode.Success, path.Read($"a{bytes}", 33, (ulong)bytes, room));
            Assert.Equal(value, room);
        }

        Assert.Equal(2 * s_sizes.Length, path.Faults.FiredOf(FaultPoint.ObjectUpdateCorrupted));

        // Damage that comes back every time is an answer, and nothing of it is stored.
        path.Faults.Arm(FaultPoint.ObjectUpdateCorrupted);
        Assert.Equal(DerCode.Checksum, path.Put("never", new byte[100]));
        path.Faults.Disarm(FaultPoint.ObjectUpdateCorrupted);
        byte[] nothing = new byte[100];
        DaosFetchIod never = DaosFetchIod.Single(ChecksumPath.Bytes("never"), nothing);
        Assert.Equal(DerCode.Success, path.Fetch(never));
        Assert.Equal(0, never.RecordBytes);
    }

    // DAOS_CSUM_CORRUPT_UPDATE with srv_cksum off: stored, then found by whoever reads it.
    [Theory]
    [MemberData(nameof(Sums))]
    public void Update_DamagedOnTheWayWithoutServerVerify_IsFoundByTheReader(ChecksumType type)
    {
        using var path = new ChecksumPath(seed: 120 + (ulong)type);
        path.UseContainer(type, 1024, verifyOnServer: false);
        foreach (int bytes in s_sizes)
        {
            path.Faults.Arm(FaultPoint.ObjectUpdateCorrupted, timesMax: 1);
            Assert.Equal(DerCode.Success, path.Put($"s{bytes}", ChecksumPath.Random(bytes)));
            path.Faults.Arm(FaultPoint.ObjectUpdateCorrupted, timesMax: 1);
            Assert.Equal(DerCode.Success, path.Write($"a{bytes}", 1, 33, ChecksumPath.Random(bytes)));
            Assert.Equal(DerCode.Checksum, path.Get($"s{bytes}", new byte[bytes]));
            Assert.Equal(DerCode.Checksum, path.Read($"a{bytes}", 33, (ulong)bytes, new byte[bytes]));
            path.OnStored($"s{bytes}", stored => Check(stored.IsMarked(0)));
        }

        Assert.Equal(2 * s_sizes.Length, path.StatisticsOf().CorruptedValues);
    }

    // DAOS_CSUM_CORRUPT_FETCH: the client's check finds it, the engine finds nothing wrong in the store, and the next attempt is good.
    [Theory]
    [MemberData(nameof(Sums))]
    public void Fetch_DamagedOnTheWay_IsFetchedAgain(ChecksumType type)
    {
        using var path = new ChecksumPath(seed: 140 + (ulong)type);
        path.UseContainer(type, 1024);
        foreach (int bytes in s_sizes)
        {
            byte[] value = ChecksumPath.Random(bytes);
            byte[] room = new byte[bytes];
            path.Put($"s{bytes}", value);
            path.Write($"a{bytes}", 1, 33, value);
            path.Faults.Arm(FaultPoint.ObjectFetchCorrupted, timesMax: 1);
            Assert.Equal(DerCode.Success, path.Get($"s{bytes}", room));
            Assert.Equal(value, room);
            path.Faults.Arm(FaultPoint.ObjectFetchCorrupted, timesMax: 1);
            Assert.Equal(DerCode.Success, path.Read($"a{bytes}", 33, (ulong)bytes, room));
            Assert.Equal(value, room);
        }

        Assert.Equal(2 * s_sizes.Length, path.ClientErrors);
        Assert.Equal(0, path.StatisticsOf().ChecksumErrors);
        path.Faults.Arm(FaultPoint.ObjectFetchCorrupted);
        Assert.Equal(DerCode.Checksum, path.Get("s100", new byte[100]));
    }

    // DAOS_CSUM_CORRUPT_DISK (DAOS_CSUM05): stored bytes or stored checksums change; whole and partial reads, inside a chunk and over several.
    [Theory]
    [MemberData(nameof(Sums))]
    public void Fetch_OfStoredDamage_AnswersChecksumAndMarks(ChecksumType type)
    {
        using var path = new ChecksumPath(seed: 160 + (ulong)type);
        int marked = 0;
        foreach (int bytes in s_sizes)
        {
            foreach (bool inChecksum in (ReadOnlySpan<bool>)[false, true])
            {
                // Damaged in the second of the chunks of 1,024 bytes, or in the one that there is.
                path.UseContainer(type, 1024);
                ulong at = (ulong)Math.Min(bytes - 1, 1500);
                path.Put("s", ChecksumPath.Random(bytes));
                path.Write(Akey, 1, 0, ChecksumPath.Random(bytes));
                DamageBoth(path, inChecksum, at);
                Assert.Equal(DerCode.Checksum, path.Get("s", new byte[bytes]));
                Assert.Equal(DerCode.Checksum, path.Read(Akey, at, 1, new byte[1]));
                Assert.Equal(DerCode.Checksum, path.Read(Akey, 0, (ulong)bytes, new byte[bytes]));
                marked += 2;
                Assert.Equal(marked, path.StatisticsOf().CorruptedValues);
                path.OnStored(Akey, stored => Check(stored.IsMarked(at)));
                if (bytes > 3000)
                {
                    // Chunks beside the damaged one are still good.
                    Assert.Equal(DerCode.Success, path.Read(Akey, 0, 1024, new byte[1024]));
                    Assert.Equal(DerCode.Success, path.Read(Akey, 2048, 700, new byte[700]));
                }

                // Written again it is well again.
                byte[] value = ChecksumPath.Random(bytes, 9);
                byte[] room = new byte[bytes];
                Assert.Equal(DerCode.Success, path.Write(Akey, 1, 0, value));
                Assert.Equal(DerCode.Success, path.Read(Akey, 0, (ulong)bytes, room));
                Assert.Equal(value, room);
            }
        }

        Assert.Equal(marked, path.EngineLog.Count(line => line.StartsWith("checksum:", StringComparison.Ordinal)));
    }

    // A chunk of the answer is put together from three extents; the damaged one of them must not get a new, fitting checksum.
    [Theory]
    [MemberData(nameof(Sums))]
    public void Fetch_OverDamageUnderOverlaps_IsNotCoveredUp(ChecksumType type)
    {
        using var path = new ChecksumPath(seed: 180 + (ulong)type);
        path.UseContainer(type, 1024);
        path.Write(Akey, 1, 0, ChecksumPath.Random(10_000, 1));
        path.Write(Akey, 1, 300, ChecksumPath.Random(200, 2));
        path.Write(Akey, 1, 900, ChecksumPath.Random(300, 3));
        path.OnStored(Akey, stored => stored.FlipByteAsync(800));
        Assert.Equal(DerCode.Checksum, path.Read(Akey, 0, 2048, new byte[2048]));
        Assert.Equal(DerCode.Checksum, path.Read(Akey, 600, 10, new byte[10]));
        Assert.Equal(DerCode.Success, path.Read(Akey, 300, 200, new byte[200]));
        Assert.Equal(DerCode.Success, path.Read(Akey, 900, 300, new byte[300]));
        path.OnStored(Akey, stored => Check(!stored.IsMarked(300) && stored.IsMarked(800) && !stored.IsMarked(900)));
    }

    // DAOS_CSUM00.
    [Fact]
    public void Checksums_Off_NothingIsFound()
    {
        using var path = new ChecksumPath(seed: 200);
        path.UseContainer(ChecksumType.None, 1024);
        byte[] value = ChecksumPath.Random(5000);
        byte[] room = new byte[5000];
        path.Put("s", value);
        path.OnStored("s", stored => stored.FlipByteAsync(7));
        Assert.Equal(DerCode.Success, path.Get("s", room));
        value[7] ^= 1;
        Assert.Equal(value, room);
    }

    private static void DamageBoth(ChecksumPath path, bool inChecksum, ulong at)
    {
        foreach (string akey in (ReadOnlySpan<string>)["s", Akey])
        {
            path.OnStored(akey, stored =>
            {
                if (!inChecksum)
                {
                    return stored.FlipByteAsync(at);
                }

                stored.FlipChecksum(at);
                return default;
            });
        }
    }

    private static ValueTask Check(bool holds)
    {
        Assert.True(holds);
        return default;
    }
}
