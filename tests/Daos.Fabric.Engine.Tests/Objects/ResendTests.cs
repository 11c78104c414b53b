using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Engine.Tests.Objects;

/// <summary>A resend gets the first answer and changes nothing, also across a crash; one that is too old is refused.</summary>
public sealed class ResendTests
{
    private static readonly ObjectId s_oid = ObjectId.Create(1, 2, ObjectType.MultiHashed);
    private static readonly byte[] s_key = "key"u8.ToArray();

    [Fact]
    public void Resend_OfAnUpdate_GetsTheFirstEpochAndWritesNothing()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            ModificationInfo identity = caller.NextModification();
            Epoch first = (await caller.PutAsync(s_oid, s_key, "one"u8.ToArray(), identity)).Value;
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, s_key, "two"u8.ToArray())).Code);
            Epoch again = (await caller.PutAsync(s_oid, s_key, "one"u8.ToArray(), identity with { Flags = ModificationInfo.ResendFlag })).Value;

            Assert.Equal(first, again);
            Assert.Equal("two"u8.ToArray(), (await caller.GetAsync(s_oid, s_key)).Value);
        });
    }

    [Fact]
    public void Resend_OfARefusal_GetsTheRefusalAlthoughItWouldSucceedNow()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            ModificationInfo identity = caller.NextModification();
            Assert.Equal(DerCode.Nonexist, (await caller.PutAsync(s_oid, s_key, [1], identity, ObjectFlags.DkeyUpdate)).Code);
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, s_key, [2])).Code);

            Assert.Equal(DerCode.Nonexist, (await caller.PutAsync(s_oid, s_key, [1], identity, ObjectFlags.DkeyUpdate)).Code);
            Assert.Equal([2], (await caller.GetAsync(s_oid, s_key)).Value!);
        });
    }

    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Resend_AfterACrash_GetsTheFirstAnswer(CrashKind kind)
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        ModificationInfo put = caller.NextModification();
        ModificationInfo punch = caller.NextModification();
        Epoch first = default;
        stage.Run(caller, async () =>
        {
            first = (await caller.PutAsync(s_oid, s_key, "one"u8.ToArray(), put)).Value;
            Assert.Equal(DerCode.Success, await caller.PunchDkeyAsync(s_oid, s_key, punch));
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, s_key, "two"u8.ToArray())).Code);
        });
        stage.Restart(kind);

        stage.Run(caller, async () =>
        {
            DerResult<Epoch> again = await caller.PutAsync(s_oid, s_key, "one"u8.ToArray(), put);
            Assert.Equal(DerCode.Success, again.Code);
            Assert.Equal(first, again.Value);
            Assert.Equal(DerCode.Success, await caller.PunchDkeyAsync(s_oid, s_key, punch));
            Assert.Equal("two"u8.ToArray(), (await caller.GetAsync(s_oid, s_key)).Value);
        });
    }

    [Fact]
    public void Resend_BelowTheLowestUnanswered_IsTooOldAndNotExecuted()
    {
        using var stage = new Stage(targets: 1, isVolatile: true);
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            ModificationInfo identity = caller.NextModification();
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, s_key, [1], identity)).Code);
            for (int i = 0; i < 5000; i++)
            {
                // Far enough for the kept results to have been replaced.
                caller.LowestUnanswered = caller.Sequence + 1;
                Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, s_key, [2])).Code);
            }

            Assert.Equal(DerCode.EpochOld, (await caller.PutAsync(s_oid, s_key, [3], identity)).Code);
            Assert.Equal([2], (await caller.GetAsync(s_oid, s_key)).Value!);
        });
    }

    [Fact]
    public void Resend_WhileTheFirstIsUnderWay_IsExecutedOnce()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        ModificationInfo identity = caller.NextModification();
        var epochs = new List<Epoch>();
        List<Task> tasks =
        [
            .. Enumerable.Range(0, 8).Select(_ => stage.Begin(caller, async () =>
            {
                DerResult<Epoch> put = await caller.PutAsync(s_oid, s_key, "one"u8.ToArray(), identity);
                epochs.Add(put.Value);
            })),
        ];
        Assert.True(stage.World.RunUntil(() => tasks.TrueForAll(t => t.IsCompleted)));
        tasks.ForEach(t => t.GetAwaiter().GetResult());

        Assert.Single(epochs.Distinct());
    }
}
