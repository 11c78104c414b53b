using System.Text;
using Daos.Fabric.Metadata.Remote;
using Daos.Fabric.Metadata.Tests.Conformance;

namespace Daos.Fabric.Metadata.Tests.Remote;

/// <summary>What the service refuses, how it bounds its answers, and how watches go on.</summary>
public sealed class RemoteServiceTests
{
    [Fact]
    public void MalformedRequests_AreRefusedAndChangeNothing() => Run(async (service, store) =>
    {
        foreach (MetadataMethod method in Enum.GetValues<MetadataMethod>())
        {
            Assert.Equal(DerCode.Protocol, (await service.HandleAsync(method, new byte[] { 0x0A, 0x7F }, default)).Code);
        }

        Assert.Equal(DerCode.Unregistered, (await service.HandleAsync((MetadataMethod)1, default, default)).Code);
        Assert.Empty((await store.ReadAsync(MetadataRange.All)).Value.Entries);
    });

    [Fact]
    public void KeysOfTheStoreItself_AreRefusedButThoseOfSessions() => Run(async (service, _) =>
    {
        foreach (byte[] key in new byte[][] { [0xFF, (byte)'l'], [0xFF, 0xFF], [0xFF, (byte)'t', 1] })
        {
            ReadOnlyMemory<byte> body = RemoteTransactions.Write(MetadataTransaction.Put(MetadataKey.Found(key), new byte[] { 1 }));
            Assert.Equal(DerCode.Protocol, (await service.HandleAsync(MetadataMethod.Commit, body, default)).Code);
            Assert.Equal(DerCode.Protocol, (await service.HandleAsync(MetadataMethod.Read, RemoteKeys.Write(MetadataRange.Of(MetadataKey.Found(key))).Written, default)).Code);
        }

        ReadOnlyMemory<byte> good = RemoteTransactions.Write(MetadataTransaction.Put(MetadataKey.Own([(byte)'s', 1]), new byte[] { 1 }));
        DerResult<ReadOnlyMemory<byte>> reply = await service.HandleAsync(MetadataMethod.Commit, good, default);
        Assert.Equal(DerCode.Success, RemoteReplies.ReadCode(reply.Value));
    });

    [Fact]
    public void MoreThanATransactionMayHave_IsRefused() => Run(async (service, store) =>
    {
        var many = new MetadataTransaction { Then = [.. Enumerable.Range(0, MetadataLimits.OperationsMax + 1).Select(i => MetadataOperation.Delete(new MetadataKey($"{i}")))] };
        Assert.Equal(DerCode.Protocol, (await service.HandleAsync(MetadataMethod.Commit, RemoteTransactions.Write(many), default)).Code);
        DerResult<ReadOnlyMemory<byte>> big = await service.HandleAsync(
            MetadataMethod.Commit, RemoteTransactions.Write(MetadataTransaction.Put(new MetadataKey("a"), new byte[MetadataLimits.ValueBytesMax + 1])), default);
        Assert.Equal(DerCode.RecordTooBig, RemoteReplies.ReadCode(big.Value));
        Assert.Empty((await store.ReadAsync(MetadataRange.All)).Value.Entries);
    });

    [Fact]
    public void PageOfLargeValues_IsCutAndGoesOn() => Run(async (service, store) =>
    {
        for (int i = 0; i < 20; i++)
        {
            Assert.True((await store.CommitAsync(MetadataTransaction.Put(new MetadataKey($"{i:d2}"), new byte[MetadataLimits.ValueBytesMax]))).IsSuccess);
        }

        var keys = new List<string>();
        var range = MetadataRange.All;
        int pages = 0;
        for (bool hasMore = true; hasMore; pages++)
        {
            DerResult<ReadOnlyMemory<byte>> reply = await service.HandleAsync(MetadataMethod.Read, RemoteKeys.Write(range).Written, default);
            Assert.InRange(reply.Value.Length, 1, RemoteLimits.PageBytes + MetadataLimits.ValueBytesMax + 4096);
            MetadataPage page = RemoteReplies.ReadPage(reply.Value).Value;
            keys.AddRange(page.Entries.Select(e => e.Key.ToString()));
            (range, hasMore) = (range with { From = page.Next }, page.HasMore);
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i:d2}"), keys);
        Assert.True(pages > 1);
    });

    [Fact]
    public void EveryPartOfATransaction_ComesBack()
    {
        var transaction = new MetadataTransaction
        {
            When = [MetadataCompare.Holds(new MetadataKey("a"), new byte[] { 1 }), MetadataCompare.Of(new MetadataKey([0xFE]), MetadataField.Version, MetadataRelation.Greater, -5)],
            Then = [MetadataOperation.Put(new MetadataKey("b"), new byte[] { 2 }, 77), MetadataOperation.Put(new MetadataKey("e"), default)],
            Else = [MetadataOperation.Delete(new MetadataKey("c"))],
            Guard = new MetadataGuard(MetadataKey.Own([(byte)'s', 9]), 5, new byte[] { 3, 4 }, 6, true),
        };
        byte[] bytes = RemoteTransactions.Write(transaction).ToArray();
        MetadataTransaction read = RemoteTransactions.Read(bytes)!;
        Assert.Equal(bytes, RemoteTransactions.Write(read).ToArray());
        Assert.Equal((MetadataField.Version, MetadataRelation.Greater, -5L), (read.When[1].Field, read.When[1].Relation, read.When[1].Number));
        Assert.Equal((77L, 0, true), (read.Then[0].Lease, read.Then[1].Value.Length, read.Else[0].IsDelete));
        Assert.Equal((5L, 6L, true, true), (read.Guard!.ModRevision, read.Guard.Lease, read.Guard.Always, read.Guard.Key.IsOwn));
    }

    [Fact]
    public void RandomBytes_NeverThrow() => Run(async (service, unused) =>
    {
        var question = new WatchQuestion(Guid.Parse("11111111-2222-3333-4444-555555555555"), MetadataRange.All with { Revision = 5 }, 0, false);
        var entry = new MetadataEntry(new MetadataKey("k"), new byte[] { 1 }, 2, 3, 4, 5);
        byte[][] seeds =
        [
            RemoteTransactions.Write(MetadataTransaction.Put(new MetadataKey("a"), new byte[] { 1 }, 3)).ToArray(),
            RemoteKeys.Write(MetadataRange.Of(new MetadataKey("a"))).ToArray(),
            question.Write().ToArray(),
            RemoteReplies.Write(new MetadataPage(3, [entry], true)).ToArray(),
            RemoteReplies.Write(new MetadataCommit(MetadataBranch.Guarded, 3) { Marker = entry }).ToArray(),
            RemoteReplies.Write(new MetadataChanges(3, [new MetadataChange(entry.Key, entry), new MetadataChange(entry.Key, null)])).ToArray(),
            RemoteReplies.Write(new MetadataLease(3, 4)).ToArray(),
        ];
        for (ulong seed = 1; seed <= 2000; seed++)
        {
            var random = new SeededRandom(seed);
            byte[] bytes = [.. seeds[random.Next(seeds.Length)]];
            for (int i = random.Next(4); i > 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            bytes = random.Chance(0.3) ? bytes[..random.Next(bytes.Length + 1)] : bytes;
            _ = RemoteReplies.ReadPage(bytes);
            _ = RemoteReplies.ReadCommit(bytes);
            _ = RemoteReplies.ReadChanges(bytes);
            _ = RemoteReplies.ReadLease(bytes);
            _ = RemoteReplies.ReadCode(bytes);
            _ = WatchQuestion.Read(bytes);
            if (seed % 10 == 0)
            {
                _ = await service.HandleAsync((MetadataMethod)(6401 + random.Next(7)), bytes, default);
            }
        }
    });

    [Fact]
    public void Watches_GoOnWhenTheServiceRestartsAndAreFreedWhenTheyEnd()
    {
        using var world = new MetadataWorld(31);
        world.Run(async () =>
        {
            EmbeddedMetadataStore store = await world.OpenAsync();
            var wire = new SimWire(world, store);
            RemoteMetadataStore remote = RemoteConformanceTests.Connect(world, wire);
            IMetadataWatch watch = (await remote.WatchAsync(MetadataRange.All)).Value;
            for (int i = 0; i < 10; i++)
            {
                Task<DerResult<MetadataChanges>> next = watch.NextAsync();
                if (i % 2 == 0)
                {
                    wire.Restart();
                }

                Assert.True((await store.CommitAsync(MetadataTransaction.Put(new MetadataKey("k"), Encoding.UTF8.GetBytes($"{i}")))).IsSuccess);
                Assert.Equal($"{i}", Encoding.UTF8.GetString((await next).Value.Changes[0].Entry!.Value.Span));
            }

            Assert.Equal(1, wire.Service.WatchCount);
            await watch.DisposeAsync();
            Assert.Equal(0, wire.Service.WatchCount);
            await store.DisposeAsync();
            return true;
        });
    }

    [Fact]
    public void WatchesThatNobodyAsks_MakeRoom() => Run(async (service, _) =>
    {
        var range = MetadataRange.All with { Revision = 100 };
        for (int i = 1; i <= RemoteLimits.WatchesMax + 10; i++)
        {
            var question = new WatchQuestion(new Guid(i, 1, 1, new byte[8]), range, 0, false);
            DerResult<ReadOnlyMemory<byte>> reply = await service.HandleAsync(MetadataMethod.Watch, question.Write(), default);
            Assert.Equal(DerCode.Success, RemoteReplies.ReadCode(reply.Value));
            Assert.Empty(RemoteReplies.ReadChanges(reply.Value).Value);
        }

        Assert.Equal(RemoteLimits.WatchesMax, service.WatchCount);
    });

    [Fact]
    public void LostAnswerWithoutASession_SaysWhatMayHaveHappened()
    {
        using var world = new MetadataWorld(32);
        world.Run(async () =>
        {
            EmbeddedMetadataStore store = await world.OpenAsync();
            RemoteMetadataStore remote = RemoteConformanceTests.Connect(world, new SimWire(world, store) { LostAnswer = 1 });
            Assert.Equal(DerCode.TxUncertain, (await remote.CommitAsync(MetadataTransaction.Put(new MetadataKey("a"), default))).Code);
            Assert.Equal(DerCode.TxUncertain, (await remote.GrantAsync(5_000)).Code);
            Assert.Equal(DerCode.TimedOut, (await remote.ReadAsync(MetadataRange.All)).Code);
            Assert.Equal(DerCode.TimedOut, (await remote.RenewAsync(1)).Code);
            Assert.Equal(DerCode.TimedOut, await remote.RevokeAsync(1));
            Assert.Single((await store.ReadAsync(MetadataRange.All)).Value.Entries);
            await store.DisposeAsync();
            return true;
        });
    }

    private static void Run(Func<MetadataService, EmbeddedMetadataStore, Task> test)
    {
        using var world = new MetadataWorld(30);
        world.Run(async () =>
        {
            EmbeddedMetadataStore store = await world.OpenAsync();
            var service = new MetadataService(store, SimDelay.On(world.World, world.Loop));
            await test(service, store);
            await service.DisposeAsync();
            await store.DisposeAsync();
            return true;
        });
    }
}
