using System.Text;
using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Incast;
using Daos.Fabric.Simulation.Tests.Ranks;

namespace Daos.Fabric.Simulation.Tests.Incast;

/// <summary>
/// Incast variables over real RPC between eight simulated machines. The tree is k-nomial of 2 with root 0: 7 asks 6, 6 asks 4, 4 asks 0.
/// </summary>
public sealed class IncastTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private const int Count = 8;

    private static readonly byte[] s_key = "map"u8.ToArray();

    private readonly RankWorld _ranks = new(1, Count);
    private readonly List<CacheClass> _classes = [];
    private readonly List<CacheClass> _ordered = [];
    private readonly List<IncastNamespace> _spaces = [];

    public IncastTests()
    {
        foreach (SimulatedRank rank in _ranks.Ranks)
        {
            var service = new IncastService(rank.Context, rank.Group, new CollectiveService(rank.Context, rank.Group));
            _classes.Add(new CacheClass(rank));
            _ordered.Add(new CacheClass(rank, 2, IncastFeatures.UpdateInOrder | IncastFeatures.DiscardCache));
            _ranks.On(rank, () => _spaces.Add(service.Create(5, 0, new TreeTopology(TreeKind.Knomial, 2), 0, [_classes[^1], _ordered[^1]]).Value));
        }

        _ranks.FormGroup();
        _ranks.World.RunFor(Second);
    }

    public void Dispose()
    {
        _ranks.World.RunFor(70 * Second);
        Assert.All(_ranks.Live, r => Assert.Equal((0, 0), (r.Context.CallsRented, r.Context.RequestsActive)));
        _ranks.Dispose();
    }

    [Fact]
    public void Fetch_ClimbsToTheRoot_AndFillsEverybodyOnTheWay()
    {
        Put(0, 3, "value");
        Assert.Equal((3u, "value"), Fetch(7));
        Assert.All(new[] { 7, 6, 4 }, i => Assert.Equal(3u, _classes[i].Kept["map"].Version));
        Assert.All(new[] { 1, 2, 3, 5 }, i => Assert.Empty(_classes[i].Kept));
        Assert.Equal((3u, "value"), Fetch(7));
        Assert.Equal((3u, "value"), Fetch(6));
        Assert.Single(_classes[0].Fetches);
        Assert.Equal((3u, "value"), Fetch(5));
        Assert.Single(_classes[0].Fetches);
    }

    [Fact]
    public void Fetch_OfAVersionOrTheLatest_AsksOnWhereTheCopyIsOlder()
    {
        Put(0, 3, "old");
        Fetch(7);
        Put(0, 4, "new");
        Assert.Equal((3u, "old"), Fetch(7));
        Assert.Equal((4u, "new"), Fetch(7, 4));
        Put(0, 5, "newest");
        Assert.Equal((5u, "newest"), Fetch(7, IncastValue.Latest));
        Assert.Equal(5u, _classes[6].Kept["map"].Version);
        Assert.Equal(DerCode.Nonexist, FetchResult(7, 6).Code);
        Assert.True(_classes[7].FailedFetches > 0);
    }

    [Fact]
    public void Fetch_WithShortcut_LeavesOutWhoIsOnTheWay()
    {
        Put(0, 1, "value");
        DerResult<IncastValue> result = default;
        Run(7, async space => result = await space.FetchAsync(1, s_key, shortcut: IncastShortcut.ToRoot));
        Assert.True(result.IsSuccess);
        Assert.Empty(_classes[6].Fetches);
        Assert.Empty(_classes[4].Kept);
    }

    [Fact]
    public void Fetches_OfOneKey_AreOneRequest()
    {
        Put(0, 1, "value");
        int done = 0;
        Run(7, async space =>
        {
            for (int i = 0; i < 20; i++)
            {
                _ranks.Ranks[7].Loop.Spawn(OneAsync(space));
            }

            await OneAsync(space);
        });
        _ranks.World.RunFor(Second);
        Assert.Equal(21, done);
        Assert.Equal((1, 20), (_spaces[7].Statistics.FetchesForwarded, _spaces[7].Statistics.FetchesCoalesced));
        Assert.Equal(20, _classes[7].Fetches.Count(f => f == IncastFlags.PendingFetch));
        Assert.Single(_classes[0].Fetches);

        async ValueTask OneAsync(IncastNamespace space)
        {
            Assert.True((await space.FetchAsync(1, s_key)).IsSuccess);
            done++;
        }
    }

    [Fact]
    public void Fetches_OfOneKeyThatFails_AllFailWithItOnce()
    {
        int failed = 0;
        Run(7, async space =>
        {
            for (int i = 0; i < 5; i++)
            {
                _ranks.Ranks[7].Loop.Spawn(OneAsync(space));
            }

            await OneAsync(space);
        });
        _ranks.World.RunFor(Second);
        Assert.Equal((6, 1L), (failed, _spaces[7].Statistics.FetchesForwarded));

        async ValueTask OneAsync(IncastNamespace space)
        {
            Assert.Equal(DerCode.Nonexist, (await space.FetchAsync(1, s_key)).Code);
            failed++;
        }
    }

    [Fact]
    public void Update_WithoutSync_ChangesTheRootOnly()
    {
        Update(7, 1, "value", IncastSync.None);
        Assert.Equal([0], Holders(1));
        Assert.Equal([1, 0, 0, 0, 1, 0, 1, 1], _classes.Select(c => c.Updates));
        Assert.Equal((1u, "value"), Fetch(3));
    }

    [Fact]
    public void Update_Bidirectional_BringsBackWhatTheRootReturned()
    {
        IncastValue back = Update(7, 1, "value", new IncastSync(IncastSyncMode.None, IsBidirectional: true));
        Assert.Equal("root has value", Encoding.UTF8.GetString(back.Bytes.Span));
        Assert.Equal([0, 4, 6, 7], Holders(1));
        Assert.Equal("root has value", Encoding.UTF8.GetString(_classes[6].Kept["map"].Bytes.Span));
    }

    [Fact]
    public void Update_Eager_EverybodyHasItWhenItCompletes()
    {
        Update(7, 1, "value", new IncastSync(IncastSyncMode.Eager));
        Assert.Equal(Enumerable.Range(0, Count), Holders(1));
        Assert.All(_classes.Skip(1), c => Assert.Equal([1u], c.Refreshed));
        Assert.Empty(_classes[0].Refreshed);
    }

    [Fact]
    public void Update_EagerNotify_EverybodyForgetsAndAsksAgain()
    {
        Update(7, 1, "old", new IncastSync(IncastSyncMode.Eager));
        Update(2, 2, "new", new IncastSync(IncastSyncMode.Eager, IncastSyncEvent.Notify));
        Assert.Equal([0], Enumerable.Range(0, Count).Where(i => _classes[i].Kept.Count > 0));
        Assert.Equal((2u, "new"), Fetch(5));
    }

    [Fact]
    public void Update_Lazy_CompletesFirstAndOnlyTheNewestNeedArrive()
    {
        Run(0, async space =>
        {
            for (uint version = 1; version <= 50; version++)
            {
                await UpdateAsync(space, 1, version, "v", new IncastSync(IncastSyncMode.Lazy));
            }

            Assert.True(Holders(1).Count() < Count);
        });
        _ranks.World.RunFor(Second);
        Assert.All(_classes, c => Assert.Equal(50u, c.Kept["map"].Version));
        Assert.True(_spaces[0].Statistics.SyncsReplaced > 10);
        Assert.All(_classes.Skip(1), c => Assert.Equal(c.Refreshed.Order(), c.Refreshed));
    }

    [Fact]
    public void Update_LazyInOrder_EveryVersionArrivesInOrder()
    {
        Run(0, async space =>
        {
            for (uint version = 1; version <= 50; version++)
            {
                await UpdateAsync(space, 2, version, "v", new IncastSync(IncastSyncMode.Lazy));
            }
        });
        _ranks.World.RunFor(5 * Second);
        Assert.All(_ordered.Skip(1), c => Assert.Equal(Enumerable.Range(1, 50).Select(i => (uint)i), c.Refreshed));
        Assert.Equal(0, _spaces[0].LazyWaiting);
    }

    [Fact]
    public void Update_LazyAboveTheLimit_IsEager()
    {
        Run(0, async space =>
        {
            for (uint version = 1; version <= IncastLimits.LazyMax + 2; version++)
            {
                await UpdateAsync(space, 2, version, "v", new IncastSync(IncastSyncMode.Lazy));
                Assert.InRange(space.LazyWaiting, 0, IncastLimits.LazyMax);
            }
        });
        _ranks.World.RunFor(60 * Second);
        Assert.All(_ordered.Skip(1), c => Assert.Equal(IncastLimits.LazyMax + 2, c.Refreshed.Count));
    }

    [Fact]
    public void Invalidate_FromAnyRank_EverybodyForgets()
    {
        Update(7, 1, "old", new IncastSync(IncastSyncMode.Eager));
        DerCode code = default;
        Run(3, async space => code = await space.InvalidateAsync(1, s_key));
        Assert.Equal(DerCode.Success, code);
        Assert.All(_classes, c => Assert.Empty(c.Kept));
    }

    [Fact]
    public void DeadParent_TheFetchWaitsForTheNewGroupAndSucceeds()
    {
        Put(0, 1, "value");
        _ranks.Ranks[6].Node.Crash(CrashKind.Process);
        _ranks.World.After(5 * Second, () => ModifyAll(2, GroupChange.Remove, 6));
        long startNs = _ranks.World.NowNs;
        Assert.Equal((1u, "value"), Fetch(7));
        Assert.InRange(_ranks.World.NowNs - startNs, 5 * Second, 6 * Second);
        Assert.True(_spaces[7].Statistics.Retries > 0);
    }

    [Fact]
    public void DeadChild_AnEagerUpdateIsRepeatedAtTheNewGroup()
    {
        _ranks.Ranks[5].Node.Crash(CrashKind.Power);
        _ranks.World.After(5 * Second, () => ModifyAll(2, GroupChange.Remove, 5));
        Update(7, 1, "value", new IncastSync(IncastSyncMode.Eager));
        Assert.Equal([0, 1, 2, 3, 4, 6, 7], Holders(1));
        Assert.Equal(2u, _ranks.Ranks[0].Group.Ranks.Version);
    }

    [Fact]
    public void OtherVersion_IsTriedAgainUntilTheDeadline()
    {
        Put(0, 1, "value");
        Modify(6, 2, GroupChange.Remove, 5);
        long startNs = _ranks.World.NowNs;
        DerResult<IncastValue> result = default;
        Run(7, async space => result = await space.FetchAsync(1, s_key, deadlineNs: startNs + (3 * Second)));
        Assert.Equal(DerCode.GroupVersion, result.Code);
        Assert.InRange(_ranks.World.NowNs - startNs, 2 * Second, 4 * Second);
        foreach (int rank in new[] { 0, 1, 2, 3, 4, 7 })
        {
            Modify(rank, 2, GroupChange.Remove, 5);
        }

        Assert.Equal((1u, "value"), Fetch(7));
    }

    [Fact]
    public void GroupChange_DiscardsWhatClassesWantDiscarded()
    {
        Run(7, async space => await UpdateAsync(space, 2, 1, "v", new IncastSync(IncastSyncMode.Eager)));
        Update(7, 1, "v", new IncastSync(IncastSyncMode.Eager));
        ModifyAll(2, GroupChange.Remove, 5);
        _ranks.World.RunFor(Second);
        Assert.Equal([0], Enumerable.Range(0, Count).Where(i => i != 5 && _ordered[i].Kept.Count > 0));
        Assert.All(_classes, c => Assert.Single(c.Kept));
        Assert.All(_classes, c => Assert.Equal(0, c.Discards));
    }

    [Fact]
    public void WhatCannotBe_IsRefusedAtOnce()
    {
        Run(7, async space =>
        {
            Assert.Equal(DerCode.Nonexist, (await space.FetchAsync(9, s_key)).Code);
            Assert.Equal(DerCode.Nonexist, await space.InvalidateAsync(9, s_key));
            Assert.Equal(DerCode.Invalid, (await space.FetchAsync(1, new byte[IncastLimits.KeyBytesMax + 1])).Code);
            Assert.Equal(DerCode.Invalid, (await space.UpdateAsync(1, s_key, new IncastValue(1, new byte[IncastLimits.ValueBytesMax + 1]))).Code);
            Assert.Equal(DerCode.Invalid, (await space.UpdateAsync(1, s_key, new IncastValue(1, s_key), new IncastSync(IncastSyncMode.Eager, IncastSyncEvent.Update, true))).Code);
        });
        _ranks.On(_ranks.Ranks[6], () => _spaces[6].Dispose());
        Assert.Equal(DerCode.Nonexist, FetchResult(7, 0).Code);
        Run(6, async space => Assert.Equal(DerCode.Shutdown, (await space.FetchAsync(1, s_key)).Code));
    }

    private void Run(int rank, Func<IncastNamespace, ValueTask> work) => _ranks.Run(_ranks.Ranks[rank], () => work(_spaces[rank]));

    private void Put(int rank, uint version, string value) => _classes[rank].Kept["map"] = new IncastValue(version, Encoding.UTF8.GetBytes(value));

    private IEnumerable<int> Holders(uint version) =>
        Enumerable.Range(0, Count).Where(i => _classes[i].Kept.TryGetValue("map", out IncastValue value) && value.Version == version);

    private DerResult<IncastValue> FetchResult(int rank, uint version)
    {
        DerResult<IncastValue> result = default;
        Run(rank, async space => result = await space.FetchAsync(1, s_key, version));
        return result;
    }

    private (uint Version, string Value) Fetch(int rank, uint version = IncastValue.Any)
    {
        DerResult<IncastValue> result = FetchResult(rank, version);
        Assert.Equal(DerCode.Success, result.Code);
        return (result.Value.Version, Encoding.UTF8.GetString(result.Value.Bytes.Span));
    }

    private IncastValue Update(int rank, uint version, string value, IncastSync sync)
    {
        IncastValue back = default;
        Run(rank, async space => back = await UpdateAsync(space, 1, version, value, sync));
        return back!;
    }

    private static async ValueTask<IncastValue> UpdateAsync(IncastNamespace space, uint kind, uint version, string value, IncastSync sync)
    {
        DerResult<IncastValue> result = await space.UpdateAsync(kind, s_key, new IncastValue(version, Encoding.UTF8.GetBytes(value)), sync);
        Assert.Equal(DerCode.Success, result.Code);
        return result.Value;
    }

    private void ModifyAll(uint version, GroupChange change, int about)
    {
        foreach (SimulatedRank rank in _ranks.Live)
        {
            Modify((int)rank.Rank.Value, version, change, about);
        }
    }

    private void Modify(int rank, uint version, GroupChange change, int about)
    {
        SimulatedRank modified = _ranks.Ranks[rank];
        _ranks.On(modified, () => Assert.Equal(DerCode.Success, modified.Group.Modify(version, change, [_ranks.Ranks[about].Member])));
    }
}
