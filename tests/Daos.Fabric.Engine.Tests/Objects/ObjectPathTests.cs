using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Engine.Tests.Objects;

/// <summary>What the object handlers do besides storing single values: arrays, punches, listings, conditions, refusals.</summary>
public sealed class ObjectPathTests
{
    private static readonly ObjectId s_oid = ObjectId.Create(1, 2, ObjectType.MultiHashed);
    private static readonly byte[] s_key = "key"u8.ToArray();
    private static readonly byte[] s_value = "value"u8.ToArray();

    [Theory]
    [InlineData(0, 100)]
    [InlineData(7, 40_000)]
    [InlineData(0, 1 << 20)]
    [InlineData(4097, (1 << 20) + 9)]
    public void Write_ThenRead_GivesTheRecordsBack(int index, int count)
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        byte[] bytes = new byte[count];
        stage.World.Random.Fill(bytes);
        stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Success, await caller.WriteAsync(s_oid, s_key, (ulong)index, bytes));
            Assert.Equal(bytes, (await caller.ReadAsync(s_oid, s_key, (ulong)index, count)).Value);

            // A part that starts and ends inside of chunks.
            int from = count / 3;
            Assert.Equal(bytes.AsSpan(from, count / 2).ToArray(), (await caller.ReadAsync(s_oid, s_key, (ulong)(index + from), count / 2)).Value);
        });
    }

    [Fact]
    public void Read_WithHoles_GivesZeroes()
    {
        using var stage = new Stage(isVolatile: true);
        EngineCaller caller = stage.StartFresh();
        byte[] bytes = Enumerable.Repeat((byte)7, 100_000).ToArray();
        stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Success, await caller.WriteAsync(s_oid, s_key, 100_000, bytes));
            Assert.Equal(DerCode.Success, await caller.WriteAsync(s_oid, s_key, 400_000, bytes));
            byte[] read = (await caller.ReadAsync(s_oid, s_key, 50_000, 500_000)).Value!;
            byte[] expected = new byte[500_000];
            bytes.CopyTo(expected, 50_000);
            bytes.CopyTo(expected, 350_000);
            Assert.Equal(expected, read);
        });
    }

    [Fact]
    public void Get_AtAnOlderEpoch_GivesTheOlderValue()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            Epoch first = (await caller.PutAsync(s_oid, s_key, s_value)).Value;
            Epoch second = (await caller.PutAsync(s_oid, s_key, "newer"u8.ToArray())).Value;
            Assert.True(second > first);
            Assert.Equal(s_value, (await caller.GetAsync(s_oid, s_key, first)).Value);
            Assert.Equal("newer"u8.ToArray(), (await caller.GetAsync(s_oid, s_key)).Value);
        });
    }

    [Fact]
    public void PunchDkey_Existing_RemovesItAndTheListingAgrees()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            var expected = new List<string>();
            for (int i = 0; i < 300; i++)
            {
                byte[] dkey = Encoding.UTF8.GetBytes($"key-{i:000}");
                Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, dkey, s_value)).Code);
                if (i % 3 == 0)
                {
                    Assert.Equal(DerCode.Success, await caller.PunchDkeyAsync(s_oid, dkey));
                    Assert.Null((await caller.GetAsync(s_oid, dkey)).Value);
                }
                else
                {
                    expected.Add($"key-{i:000}");
                }
            }

            DerResult<List<byte[]>> listed = await caller.ListDkeysAsync(s_oid, bytesMax: 200);
            Assert.Equal(expected, listed.Value.Select(Encoding.UTF8.GetString).Order(StringComparer.Ordinal));
            Assert.Equal(DerCode.Success, await caller.PunchObjectAsync(s_oid));
            Assert.Empty((await caller.ListDkeysAsync(s_oid)).Value);
        });
    }

    [Fact]
    public void List_ReplySmallerThanAKey_IsRefused()
    {
        using var stage = new Stage(isVolatile: true, targets: 1);
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, new byte[100], s_value)).Code);
            Assert.Equal(DerCode.KeyTooBig, (await caller.ListDkeysAsync(s_oid, bytesMax: 50)).Code);
        });
    }

    [Fact]
    public void Conditions_AreChecked()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Nonexist, (await caller.PutAsync(s_oid, s_key, s_value, flags: ObjectFlags.DkeyUpdate)).Code);
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, s_key, s_value, flags: ObjectFlags.DkeyInsert)).Code);
            Assert.Equal(DerCode.Exists, (await caller.PutAsync(s_oid, s_key, s_value, flags: ObjectFlags.DkeyInsert)).Code);
            Assert.Equal(DerCode.Nonexist, await caller.PunchDkeyAsync(s_oid, "other"u8.ToArray(), flags: ObjectFlags.ConditionalPunch));
        });
    }

    [Fact]
    public void Put_WrongChecksum_IsRefusedAndStoresNothing()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Checksum, (await caller.PutAsync(s_oid, s_key, s_value, checksum: 1)).Code);
            Assert.Equal(DerCode.Checksum, (await caller.PutAsync(s_oid, s_key, new byte[10_000], checksum: 1)).Code);
            Assert.Equal(DerCode.Checksum, (await caller.PutAsync(s_oid, s_key, new byte[100_000], checksum: 1)).Code);
            Assert.Null((await caller.GetAsync(s_oid, s_key)).Value);
        });
    }

    [Fact]
    public void Get_ValueLargerThanTheRoom_TellsTheSizeOnly()
    {
        using var stage = new Stage(isVolatile: true);
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, s_key, new byte[50_000])).Code);
            Assert.Equal(DerCode.RecordTooBig, (await caller.GetAsync(s_oid, s_key)).Code);
            Assert.Equal(DerCode.RecordTooBig, (await caller.GetAsync(s_oid, s_key, roomBytes: 30_000)).Code);
            Assert.Equal(50_000, (await caller.GetAsync(s_oid, s_key, roomBytes: 60_000)).Value!.Length);
        });
    }

    [Fact]
    public void Call_AfterTheHandleWasClosed_IsRefused()
    {
        using var stage = new Stage(isVolatile: true);
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Success, await caller.CloseContainerAsync());
            Assert.Equal(DerCode.NoHandle, (await caller.PutAsync(s_oid, s_key, s_value)).Code);
            Assert.Equal(DerCode.NoHandle, (await caller.GetAsync(s_oid, s_key)).Code);
            Assert.Equal(DerCode.NoHandle, await caller.CloseContainerAsync());
        });
    }

    [Fact]
    public void Put_ToTheWrongTarget_IsRefused()
    {
        using var stage = new Stage(isVolatile: true);
        EngineCaller caller = stage.StartFresh();
        caller.MisplacesKeys = true;
        stage.Run(caller, async () => Assert.Equal(DerCode.BadTarget, (await caller.PutAsync(s_oid, s_key, s_value)).Code));
    }

    [Fact]
    public void Puts_ManyAtOnce_AllArriveAndNothingLeaks()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        var tasks = new List<Task>();
        for (int i = 0; i < 400; i++)
        {
            byte[] dkey = Encoding.UTF8.GetBytes($"key-{i}");
            byte[] value = new byte[(i * 37) % 18_000];
            stage.World.Random.Fill(value);
            tasks.Add(stage.Begin(caller, async () =>
            {
                Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, dkey, value)).Code);
                byte[]? read = (await caller.GetAsync(s_oid, dkey)).Value;
                Assert.Equal(value, read ?? []);
            }));
        }

        Assert.True(stage.World.RunUntil(() => tasks.TrueForAll(t => t.IsCompleted), 300_000_000_000));
        tasks.ForEach(t => t.GetAwaiter().GetResult());
        Assert.All(stage.Engine.Server!.Context.Xstreams, x => Assert.Null(x.Xstream.LastUnhandled));
    }
}
