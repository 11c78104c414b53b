using Daos.Fabric.Engine.Tests.Support;

namespace Daos.Fabric.Engine.Tests.Starting;

public sealed class RestartTests
{
    private static readonly ObjectId s_oid = ObjectId.Create(1, 2, ObjectType.MultiHashed);

    [Theory]
    [InlineData(null)]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Restart_AfterAcknowledgedWrites_HasThemAll(CrashKind? kind)
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        var expected = new Dictionary<int, byte[]>();
        for (int round = 0; round < 4; round++)
        {
            stage.Run(caller, async () =>
            {
                for (int i = 0; i < 60; i++)
                {
                    int key = stage.World.Random.Next(80);
                    byte[] value = new byte[stage.World.Random.Next(15_000) + 1];
                    stage.World.Random.Fill(value);
                    Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, BitConverter.GetBytes(key), value)).Code);
                    expected[key] = value;
                }
            });
            stage.Restart(kind);
            stage.Run(caller, async () =>
            {
                foreach ((int key, byte[] value) in expected)
                {
                    DerResult<byte[]?> read = await caller.GetAsync(s_oid, BitConverter.GetBytes(key));
                    Assert.Equal(DerCode.Success, read.Code);
                    Assert.Equal(value, read.Value);
                }
            });
        }
    }

    [Fact]
    public void Epochs_AfterACrash_AreAboveEverythingGivenOutBefore()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        Epoch last = default;
        for (int round = 0; round < 4; round++)
        {
            stage.Run(caller, async () =>
            {
                for (int i = 0; i < 20; i++)
                {
                    Epoch epoch = (await caller.PutAsync(s_oid, [1], [(byte)i])).Value;
                    Assert.True(epoch > last);
                    last = epoch;
                }
            });
            stage.Restart(CrashKind.Power);
        }
    }

    [Fact]
    public void Stop_UnderLoad_AnswersEveryRequestAndLosesNothing()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        var acknowledged = new List<int>();
        List<Task> writers =
        [
            .. Enumerable.Range(0, 16).Select(w => stage.Begin(caller, async () =>
            {
                for (int i = 0; i < 100; i++)
                {
                    int key = (w * 1000) + i;
                    DerCode code = (await caller.PutAsync(s_oid, BitConverter.GetBytes(key), BitConverter.GetBytes(key))).Code;
                    if (code.IsError)
                    {
                        return;
                    }

                    acknowledged.Add(key);
                }
            })),
        ];
        stage.World.RunFor(3_000_000);
        stage.Restart(null);
        Assert.True(stage.World.RunUntil(() => writers.TrueForAll(t => t.IsCompleted)));
        writers.ForEach(t => t.GetAwaiter().GetResult());

        Assert.InRange(acknowledged.Count, 1, 1599);
        stage.Run(caller, async () =>
        {
            foreach (int key in acknowledged)
            {
                Assert.Equal(BitConverter.GetBytes(key), (await caller.GetAsync(s_oid, BitConverter.GetBytes(key))).Value);
            }
        });
    }

    [Fact]
    public void Start_CutAtAnyMomentOfTheFirstFormat_SucceedsTheNextTime()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using var stage = new Stage(seed);
            _ = stage.Engine.BeginStart();
            stage.World.RunFor(stage.World.Random.Next(20_000_000L));
            stage.Restart(seed % 2 == 0 ? CrashKind.Power : CrashKind.Process);
            EngineCaller caller = stage.NewCaller();
            stage.Run(caller, async () =>
            {
                Assert.Equal(DerCode.Success, await caller.OpenFreshAsync());
                Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, [1], [1])).Code);
            });
        }
    }
}
