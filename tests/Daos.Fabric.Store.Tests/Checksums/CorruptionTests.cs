using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.TestKit.Faults;

namespace Daos.Fabric.Store.Tests.Checksums;

/// <summary>Stored bytes and stored checksums that change behind the store's back: found, answered, counted, told, marked for ever.</summary>
public class CorruptionTests
{
    private readonly List<CorruptedValue> _told = [];

    public static TheoryData<ChecksumType, bool, bool, bool> Places
    {
        get
        {
            var data = new TheoryData<ChecksumType, bool, bool, bool>();
            foreach (ChecksumType type in Enum.GetValues<ChecksumType>().Where(t => t != ChecksumType.None))
            {
                for (int i = 0; i < 8; i++)
                {
                    data.Add(type, (i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Read_OfDamage_AnswersMarksCountsAndTells(ChecksumType type, bool isArray, bool isLarge, bool inChecksum)
    {
        ObjectFixture store = Fixture(type);
        store.Calls.VerifiesAll = true;
        byte[] value = Fill(isLarge ? 10_000 : 2000);
        Write(store, isArray, value);
        StoredValue stored = Stored(store);
        Damage(store, stored, inChecksum, 1100);
        Assert.Equal(DerCode.Checksum, Read(store, isArray, value.Length));
        Assert.True(On(store, () => stored.IsMarked(1100)));
        Assert.Equal(DerCode.Checksum, Read(store, isArray, value.Length));
        StoreStatistics statistics = store.Shard.Statistics;
        Assert.Equal((2, 1), (statistics.ChecksumErrors, statistics.CorruptedValues));
        CorruptedValue told = Assert.Single(_told);
        Assert.Equal((ObjectFixture.Container, ObjectFixture.Object, isArray), (told.Container, told.Object, told.IsArray));
        Assert.Equal("d"u8.ToArray(), told.Dkey.ToArray());
        Assert.Equal("a"u8.ToArray(), told.Akey.ToArray());

        // A good copy written over it is read.
        Write(store, isArray, value);
        Assert.Equal(DerCode.Success, Read(store, isArray, value.Length));
        Assert.False(On(store, () => stored.IsMarked(1100)));
    }

    // Without VerifiesAll the caller checks whole chunks of the arena himself; once the damage is known the engine does.
    [Fact]
    public void Read_OfAMarkedArenaValue_IsCheckedByTheStore()
    {
        ObjectFixture store = Fixture(ChecksumType.Crc32C);
        Write(store, isArray: true, Fill(2000));
        Write(store, isArray: true, Fill(2000));
        StoredValue stored = Stored(store);
        Damage(store, stored, inChecksum: false, 1100);
        store.Calls.VerifiesAll = true;
        Assert.Equal(DerCode.Checksum, Read(store, isArray: true, 2000));
        store.Calls.VerifiesAll = false;
        Assert.Equal(DerCode.Checksum, Read(store, isArray: true, 2000));

        // Chunks are 512 bytes: the others are still there.
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "a"), 0, 1024)).Code);
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "a"), 1536, 464)).Code);
        Assert.Equal(DerCode.Checksum, store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "a"), 1500, 100)).Code);
    }

    [Theory]
    [InlineData(2000)]
    [InlineData(10_000)]
    public void Mark_AfterRestart_IsStillThere(int bytes)
    {
        ObjectFixture store = Fixture(ChecksumType.Sha256, isVolatile: false);
        store.Calls.VerifiesAll = true;
        Write(store, isArray: true, Fill(bytes));
        Damage(store, Stored(store), inChecksum: true, 1100);
        Assert.Equal(DerCode.Checksum, Read(store, isArray: true, bytes));
        store.Reopen();
        StoredValue stored = Stored(store);
        Assert.True(On(store, () => stored.IsMarked(1100)));
    }

    [Fact]
    public void Mark_ValueGoneMeanwhile_ChangesNothing()
    {
        ObjectFixture store = Fixture(ChecksumType.Crc64);
        store.Calls.VerifiesAll = true;
        Write(store, isArray: false, Fill(10_000));
        StoredValue stored = Stored(store);
        Damage(store, stored, inChecksum: true, 1100);
        store.Calls.BeforeMark = () => store.Shard.DestroyContainer(ObjectFixture.Container, out _);
        Assert.Equal(DerCode.Checksum, Read(store, isArray: false, 10_000));
        Assert.Empty(_told);
        Assert.Equal((1, 0), (store.Shard.Statistics.ChecksumErrors, store.Shard.Statistics.CorruptedValues));
    }

    // A SHA over a value that comes in parts of 1 MiB needs a hash state; one that fails half-way gives it back.
    [Fact]
    public void Update_InParts_AllocatesNoHashStateTwice()
    {
        ObjectFixture store = Fixture(ChecksumType.Sha512);
        byte[] value = Fill((2 << 20) + 77);
        for (int i = 0; i < 3; i++)
        {
            store.Calls.CorruptNextChecksum = true;
            Assert.Equal(DerCode.Checksum, store.Put("d", "a", value).Code);
            Assert.Equal(DerCode.Success, store.Put("d", "a", value).Code);
        }

        Assert.Equal(1, store.Shard.Objects.Digests.CreatedCount);
    }

    private ObjectFixture Fixture(ChecksumType type, bool isVolatile = true)
    {
        var store = new ObjectFixture(
            seed: 11, options => options with { ArenaReserveBytes = 64 << 20, OnCorrupted = _told.Add }, isVolatile);
        store.Calls.Type = type;
        return store;
    }

    private static byte[] Fill(int bytes)
    {
        byte[] value = new byte[bytes];
        new SeededRandom((ulong)bytes).Fill(value);
        return value;
    }

    private static void Write(ObjectFixture store, bool isArray, byte[] value)
    {
        DerCode code = isArray
            ? store.Run(() => store.Calls.WriteAsync(CallKeys.Of("d", "a"), 1, (0, (ulong)value.Length, value))).Code
            : store.Put("d", "a", value).Code;
        Assert.Equal(DerCode.Success, code);
    }

    private static DerCode Read(ObjectFixture store, bool isArray, int bytes) => isArray
        ? store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "a"), 0, (ulong)bytes)).Code
        : store.Get("d", "a").Code;

    private static StoredValue Stored(ObjectFixture store) =>
        new(store.Shard, ObjectFixture.Container, ObjectFixture.Object, "d"u8.ToArray(), "a"u8.ToArray());

    private static T On<T>(ObjectFixture store, Func<T> body) => store.Run(() => ValueTask.FromResult(body()));

    private static void Damage(ObjectFixture store, StoredValue stored, bool inChecksum, ulong at) => store.Run(async () =>
    {
        if (inChecksum)
        {
            stored.FlipChecksum(at);
        }
        else
        {
            await stored.FlipByteAsync(at);
        }

        return true;
    });
}
