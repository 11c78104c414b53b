using Daos.Fabric.Core.Faults;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.TestKit.Runs;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Tests;

/// <summary>The owner-thread calls against a fake engine in a simulated world.</summary>
public sealed class SessionTests
{
    private static readonly ObjectId s_kv = ObjectNames.ToObjectId("kv", ObjectType.KeyValueHashed);
    private static readonly ObjectId s_array = ObjectNames.ToObjectId("array", ObjectType.Array);

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(19 * 1024)]
    [InlineData((19 * 1024) + 1)]
    [InlineData(3_000_000)]
    public void PutThenGet_AnySize_SameBytes(int lengthBytes)
    {
        using var client = new SimulatedClient();
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        byte[] value = Bytes(lengthBytes);
        byte[] read = new byte[lengthBytes + 5];
        Assert.Equal(DerCode.Success, client.Run(() => kv.PutAsync("key"u8, value)));
        DerResult<int> got = client.Run(() => kv.GetAsync("key"u8, read));
        Assert.Equal(lengthBytes, got.Value);
        Assert.Equal(value, read[..lengthBytes]);
    }

    [Fact]
    public void Connect_AfterAnAddressWhereNobodyIs_UsesTheOneThatAnswers()
    {
        using var client = new SimulatedClient();
        ClientContext context = client.NewContext();
        Assert.Equal(DerCode.Unreachable, client.Run(() => context.ConnectAsync(TransportUri.Parse("loopback://nobody"))));
        Assert.Equal(DerCode.Success, client.Run(() => context.ConnectAsync(client.Engine.Uri)));
        Assert.True(client.Run(() => context.ConnectPoolAsync("pool")).IsSuccess);
        client.World.On(client.Loop, context.Dispose);
    }

    [Fact]
    public void CloseAndDisconnect_GiveBackBothHandles()
    {
        using var client = new SimulatedClient();
        PoolSession pool = client.Run(() => client.Context.ConnectPoolAsync("pool")).Value;
        ContainerSession container = client.Run(() => pool.OpenContainerAsync("cont")).Value;
        Assert.Equal(DerCode.Success, client.Run(container.CloseAsync));
        Assert.Equal(DerCode.Success, client.Run(pool.DisconnectAsync));
        Assert.Equal([client.Engine.ContainerHandle, client.Engine.PoolHandle], client.Engine.GivenBack);
    }

    [Fact]
    public void Get_NoValue_Nonexist()
    {
        using var client = new SimulatedClient();
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        Assert.Equal(DerCode.Nonexist, client.Run(() => kv.GetAsync("none"u8, new byte[10])).Code);
    }

    [Fact]
    public void Get_MemoryTooShort_RecordTooBig()
    {
        using var client = new SimulatedClient();
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        client.Run(() => kv.PutAsync("key"u8, Bytes(100)));
        Assert.Equal(DerCode.RecordTooBig, client.Run(() => kv.GetAsync("key"u8, new byte[99])).Code);
    }

    [Fact]
    public void Put_KeyOrValueChangedAfterTheCall_OldBytesStored()
    {
        using var client = new SimulatedClient();
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        byte[] key = [1, 2, 3];
        byte[] value = Bytes(500);
        SimulatedClient.Started<DerCode> put = client.Start(() => kv.PutAsync(key, value));
        byte[] expected = [.. value];
        key[0] = 9;
        Array.Clear(value);
        Assert.True(client.World.RunUntil(() => put.IsDone));
        byte[] read = new byte[500];
        Assert.Equal(500, client.Run(() => kv.GetAsync([1, 2, 3], read)).Value);
        Assert.Equal(expected, read);
    }

    [Fact]
    public void Put_Conditions_ExistAndNonexist()
    {
        using var client = new SimulatedClient();
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        Assert.Equal(DerCode.Nonexist, client.Run(() => kv.PutAsync("a"u8, Bytes(3), PutCondition.Update)));
        Assert.Equal(DerCode.Success, client.Run(() => kv.PutAsync("a"u8, Bytes(3), PutCondition.Insert)));
        Assert.Equal(DerCode.Exists, client.Run(() => kv.PutAsync("a"u8, Bytes(3), PutCondition.Insert)));
        Assert.Equal(DerCode.Success, client.Run(() => kv.PutAsync("a"u8, Bytes(3), PutCondition.Update)));
        Assert.Equal(DerCode.Success, client.Run(() => kv.RemoveAsync("a"u8)));
        Assert.Equal(DerCode.Nonexist, client.Run(() => kv.GetAsync("a"u8, new byte[3])).Code);
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(5, 19 * 1024)]
    [InlineData(1000, 200_000)]
    [InlineData(32_767, 2)]
    public void ArrayWriteThenRead_HolesAround_ZeroesAndBytes(int index, int lengthBytes)
    {
        using var client = new SimulatedClient();
        ArraySession array = client.Container.OpenArray(s_array, 1, 256 * 1024);
        byte[] data = Bytes(lengthBytes);
        Assert.Equal(DerCode.Success, client.Run(() => array.WriteAsync((ulong)index, data)));
        byte[] read = new byte[index + lengthBytes + 10];
        Array.Fill(read, (byte)0xEE);
        DerResult<int> found = client.Run(() => array.ReadAsync(0, read));
        Assert.Equal(lengthBytes, found.Value);
        Assert.All(read[..index], b => Assert.Equal(0, b));
        Assert.Equal(data, read[index..(index + lengthBytes)]);
        Assert.All(read[(index + lengthBytes)..], b => Assert.Equal(0, b));
    }

    [Fact]
    public void ArrayRead_NothingThere_ZeroesAndNoBytes()
    {
        using var client = new SimulatedClient();
        ArraySession array = client.Container.OpenArray(s_array);
        byte[] read = [1, 2, 3];
        Assert.Equal(0, client.Run(() => array.ReadAsync(7, read)).Value);
        Assert.Equal([0, 0, 0], read);
    }

    [Fact]
    public void ObjectUpdateAndFetch_ScatteredPieces_SameBytes()
    {
        using var client = new SimulatedClient();
        ObjectSession o = client.Container.OpenObject(ObjectId.Create(0, 77, ObjectType.MultiHashed));
        byte[] a = Bytes(10);
        byte[] b = Bytes(40_000);
        DerCode updated = client.Run(() => o.UpdateAsync(
            "dkey"u8,
            [
                DaosUpdateIod.Single("one"u8.ToArray(), new ReadOnlyMemory<byte>[] { a.AsMemory(0, 4), a.AsMemory(4) }),
                DaosUpdateIod.Array("two"u8.ToArray(), 4, new Recx[] { new(3, 5_000), new(9_000, 5_000) }, new ReadOnlyMemory<byte>[] { b }),
            ]));
        Assert.Equal(DerCode.Success, updated);

        byte[] a2 = new byte[10];
        byte[] b2 = new byte[40_000];
        DaosFetchIod one = DaosFetchIod.Single("one"u8.ToArray(), a2.AsMemory(0, 7), a2.AsMemory(7));
        DaosFetchIod two = DaosFetchIod.Array("two"u8.ToArray(), [new Recx(3, 5_000), new Recx(9_000, 5_000)], b2.AsMemory(0, 1), b2.AsMemory(1));
        DaosFetchIod none = DaosFetchIod.Single("none"u8.ToArray(), new byte[3]);
        Assert.Equal(DerCode.Success, client.Run(() => o.FetchAsync("dkey"u8, [one, two, none])));
        Assert.Equal(a, a2);
        Assert.Equal(b, b2);
        Assert.Equal((10, 10), (one.RecordBytes, one.DeliveredBytes));
        Assert.Equal((4, 40_000), (two.RecordBytes, two.DeliveredBytes));
        Assert.Equal([new Recx(3, 5_000), new Recx(9_000, 5_000)], two.Found);
        Assert.Equal((0, 0), (none.RecordBytes, none.DeliveredBytes));
    }

    [Fact]
    public void Fetch_ChecksumDoesNotFit_Csum()
    {
        using var client = new SimulatedClient();
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        client.Run(() => kv.PutAsync("key"u8, Bytes(100)));
        client.Engine.BreaksChecksums = true;
        Assert.Equal(DerCode.Checksum, client.Run(() => kv.GetAsync("key"u8, new byte[100])).Code);
    }

    [Fact]
    [Trait("Id", "RESEND")]
    public void Put_RepliesDroppedAtRandom_EachCarriedOutOnceAndAnswered() =>
        new SeededRun("RESEND", "client", t0: 1, t1: 500, TestContext.Current.TestOutputHelper!.WriteLine, seed: 3).Run(PutUnderDroppedReplies);

    private static void PutUnderDroppedReplies(ulong seed, RunCounts counts)
    {
        using var client = new SimulatedClient(seed, new DaosClientOptions { AttemptTimeout = TimeSpan.FromMilliseconds(50), Seed = seed });
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        client.Engine.Faults.Arm(FaultPoint.RpcReplyDropped, 0.3);
        var puts = Enumerable.Range(0, 200).Select(i => client.Start(() => kv.PutAsync(BitConverter.GetBytes(i), Bytes(20 + i)))).ToList();
        Assert.True(client.World.RunUntil(() => puts.All(p => p.IsDone)));
        Assert.All(puts, p => Assert.Equal(DerCode.Success, p.Result));
        Assert.Equal(200, client.Engine.Executed);
        Assert.True(client.Engine.AnsweredFromResult > 20, $"{client.Engine.AnsweredFromResult} resends met a kept result");
        Assert.True(client.Context.Statistics.Resends >= client.Engine.AnsweredFromResult);
        counts.Add("modifications", 200);
        counts.Add("resends", client.Context.Statistics.Resends);
        counts.Add("applied_twice", 0);
    }

    [Fact]
    public void Put_EngineOverloaded_RetriesUntilAccepted()
    {
        using var client = new SimulatedClient();
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        client.Engine.AnswerNext(DerCode.OverloadRetry, 5);
        Assert.Equal(DerCode.Success, client.Run(() => kv.PutAsync("key"u8, Bytes(5))));
        Assert.Equal(5, client.Context.Statistics.Retries);
        Assert.Equal(1, client.Engine.Executed);
    }

    // The engine has one slot, which the first put holds: the second is told when to come back, keeps its place, and gets in before a third.
    [Fact]
    public void Put_EngineWithoutASlot_ComesBackWithItsTicket()
    {
        using var client = new SimulatedClient(requestSlots: 1);
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        client.Engine.Holds = true;
        var first = client.Start(() => kv.PutAsync("first"u8, Bytes(5)));
        Assert.True(client.World.RunUntil(() => client.Engine.Rpc.RequestsActive == 1));
        var second = client.Start(() => kv.PutAsync("second"u8, Bytes(5)));
        Assert.True(client.World.RunUntil(() => client.Context.Rpc.Statistics.CallsRepliedError == 1));
        long sentAwayNs = client.World.NowNs;
        client.Engine.Holds = false;
        Assert.True(client.World.RunUntil(() => first.IsDone));
        var third = client.Start(() => kv.PutAsync("third"u8, Bytes(5)));
        Assert.True(client.World.RunUntil(() => second.IsDone));
        Assert.False(third.IsDone);
        Assert.InRange(client.World.NowNs - sentAwayNs, 9_000_000, 12_000_000);
        Assert.True(client.World.RunUntil(() => third.IsDone));
        Assert.All([first, second, third], p => Assert.Equal(DerCode.Success, p.Result));
    }

    [Fact]
    public void Put_NoSpace_NotRetried()
    {
        using var client = new SimulatedClient();
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        client.Engine.AnswerNext(DerCode.NoSpace);
        Assert.Equal(DerCode.NoSpace, client.Run(() => kv.PutAsync("key"u8, Bytes(5))));
        Assert.Equal(0, client.Context.Statistics.Retries);
    }

    [Fact]
    public void Put_EngineNeverAnswers_TimesOutAtTheOperationsDeadline()
    {
        var options = new DaosClientOptions { OperationTimeout = TimeSpan.FromSeconds(2), AttemptTimeout = TimeSpan.FromMilliseconds(100), Seed = 1 };
        using var client = new SimulatedClient(1, options);
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        client.Engine.Holds = true;
        long before = client.World.NowNs;
        Assert.Equal(DerCode.TimedOut, client.Run(() => kv.PutAsync("key"u8, Bytes(5))));
        Assert.InRange(client.World.NowNs - before, 1_500_000_000, 2_500_000_000);
        client.Engine.Holds = false;
    }

    [Fact]
    public void Put_RetryBudgetSpent_GivesUp()
    {
        var options = new DaosClientOptions { Retry = new ClientRetryOptions { Budget = 3 }, Seed = 1 };
        using var client = new SimulatedClient(1, options);
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        client.Engine.AnswerNext(DerCode.OverloadRetry, 10);
        Assert.Equal(DerCode.OverloadRetry, client.Run(() => kv.PutAsync("key"u8, Bytes(5))));
        Assert.Equal(4, client.Engine.Arrived);
    }

    [Fact]
    public void LowestUnanswered_ManyPuts_FollowsTheAnswers()
    {
        using var client = new SimulatedClient();
        KeyValueSession kv = client.Container.OpenKeyValue(s_kv);
        for (int i = 0; i < 40; i++)
        {
            int key = i;
            Assert.Equal(DerCode.Success, client.Run(() => kv.PutAsync(BitConverter.GetBytes(key), Bytes(5))));
        }

        Assert.True(client.Engine.LowestUnanswered > 5, $"the engine heard {client.Engine.LowestUnanswered}");
    }

    private static byte[] Bytes(int lengthBytes)
    {
        byte[] bytes = new byte[lengthBytes];
        new SeededRandom((ulong)lengthBytes).Fill(bytes);
        return bytes;
    }
}
