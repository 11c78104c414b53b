using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Growth;

/// <summary>A store with more metadata than its arena takes, or than the file behind it can: refused in time, and nothing is endangered.</summary>
public class FullArenaTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TinyKeys_UntilRefused_EverythingAcknowledgedStays(bool fileCannotGrow)
    {
        var store = new ObjectFixture(
            1, options => options with { ArenaReserveBytes = (fileCannotGrow ? 16 : 3) << 20, LogBytes = 1 << 20, LogBlockBytes = 64 << 10 }, isVolatile: false);
        if (fileCannotGrow)
        {
            store.World.Node.Disk.Inject(new MediaFault(MediaFaultKind.CallNoSpace) { PathEnd = "meta", Skip = 1 });
        }

        var expected = new SortedDictionary<int, byte>();
        Fill(store, expected, mark: 1);
        Assert.True(expected.Count > 2000, $"only {expected.Count} keys fitted");
        Check(store, expected);

        // Refusals changed nothing: neither memory nor what a crash brings back.
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(DerCode.NoSpace, store.Put($"refused {i}", "a", [1]).Code);
            Assert.Null(store.Get($"refused {i}", "a").Value);
        }

        store.Crash(CrashKind.Power);
        Check(store, expected);
        store.Reopen();
        Check(store, expected);

        foreach (int key in expected.Keys.Where(k => k % 2 == 0).ToArray())
        {
            Assert.Equal(DerCode.Success, store.Punch(Name(key), "", PunchScope.Dkey).Code);
            expected.Remove(key);
        }

        Check(store, expected);
        store.World.World.RunFor(30_000_000_000);
        store.Run(store.Shard.MakeSpaceAsync);
        int before = expected.Count;
        Fill(store, expected, mark: 2);
        Assert.True(expected.Count > before + 500, $"only {expected.Count - before} keys fitted after half were punched");
        Check(store, expected);
        store.Crash(CrashKind.Process);
        Check(store, expected);
        store.Crash(CrashKind.Power);
        Check(store, expected);
    }

    private static string Name(int key) => $"k{key}";

    private static void Fill(ObjectFixture store, SortedDictionary<int, byte> expected, byte mark)
    {
        store.Run(async () =>
        {
            for (int key = mark * 1_000_000; ; key++)
            {
                DerCode code = (await store.Calls.PutAsync(ObjectFixture.Keys(Name(key), "a"), [mark])).Code;
                if (code == DerCode.NoSpace)
                {
                    return true;
                }

                Assert.Equal(DerCode.Success, code);
                expected[key] = mark;
                Assert.True(expected.Count < 100_000, "the store never fills up");
            }
        });
    }

    private static void Check(ObjectFixture store, SortedDictionary<int, byte> expected) => store.Run(async () =>
    {
        Assert.True(store.Shard.State.IsSuccess, store.Shard.LastError);
        foreach ((int key, byte mark) in expected)
        {
            (DerCode code, byte[]? value) = await store.Calls.GetAsync(ObjectFixture.Keys(Name(key), "a"));
            Assert.Equal(DerCode.Success, code);
            Assert.Equal([mark], value!);
        }

        return true;
    });
}
