using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Protocol.Pools;
using Daos.Fabric.Store;

namespace Daos.Fabric.Engine.Tests.Pools;

/// <summary>Pools that grow: every target has the new size, or a resend or a start brings it there; data stays.</summary>
public sealed class PoolResizeTests
{
    private const ulong MiB = 1 << 20;
    private const int Targets = 3;

    private static readonly ObjectId s_oid = ObjectId.Create(1, 2, ObjectType.MultiHashed);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Resize_WhileInUse_GivesEveryTargetTheRoom(bool isVolatile)
    {
        using var stage = new Stage(
            targets: Targets, isVolatile: isVolatile, change: o => o with { DefaultSizes = o.DefaultSizes with { DataBytes = 4 << 20 } });
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            // 4 MiB each do not take so much.
            Assert.InRange(await FillAsync(caller, 60), 20, 59);
            ModificationInfo identity = caller.NextModification();
            Assert.Equal(DerCode.Success, await caller.ResizePoolAsync(16 * MiB, 128 * MiB, identity));
            Assert.Equal(DerCode.Success, await caller.ResizePoolAsync(16 * MiB, 128 * MiB, identity));
            PoolQueryReply space = (await caller.QueryPoolAsync()).Value;
            Assert.Equal((Targets * 16 * MiB, Targets * 128 * MiB), (space.Data.TotalBytes, space.Meta.TotalBytes));
            Assert.Equal(60, await FillAsync(caller, 60));

            // The same again, and only one of the two.
            Assert.Equal(DerCode.Success, await caller.ResizePoolAsync(16 * MiB, 128 * MiB));
            Assert.Equal(DerCode.Success, await caller.ResizePoolAsync(20 * MiB, 0));
            Assert.Equal(Targets * 20 * MiB, (await caller.QueryPoolAsync()).Value.Data.TotalBytes);
        });
        if (!isVolatile)
        {
            stage.Restart(CrashKind.Power);
            stage.Run(caller, async () =>
            {
                PoolQueryReply space = (await caller.QueryPoolAsync()).Value;
                Assert.Equal((Targets * 20 * MiB, Targets * 128 * MiB), (space.Data.TotalBytes, space.Meta.TotalBytes));
                Assert.Equal(60, await CountAsync(caller, 60));
            });
        }
    }

    [Fact]
    public void Resize_ToLessOrToWhatCannotBe_IsRefusedAndSaysWhy()
    {
        using var stage = new Stage(targets: Targets);
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            Assert.True(await FillAsync(caller, 100) > 50);
            PoolQueryReply before = (await caller.QueryPoolAsync()).Value;
            Assert.Equal(DerCode.Invalid, await caller.ResizePoolAsync(31 * MiB, 0));
            Assert.Equal(DerCode.NoSpace, await caller.ResizePoolAsync(1 * MiB, 0));
            Assert.Equal(DerCode.Invalid, await caller.ResizePoolAsync((40 * MiB) + 4096, 0));
            Assert.Equal(DerCode.Invalid, await caller.ResizePoolAsync(0, 1UL << 50));
            Assert.Equal(DerCode.Invalid, await caller.ResizePoolAsync(0, 512 * MiB));
            Assert.Equal(before, (await caller.QueryPoolAsync()).Value);
            Assert.Equal(DerCode.Success, await caller.ResizePoolAsync(0, 0));
        });
        Assert.Contains(stage.Engine.Log, s => s.Contains("cannot be 32505856 bytes: it has 33554432 bytes, of which", StringComparison.Ordinal) && s.Contains("does not shrink", StringComparison.Ordinal));
        stage.Restart(null);
        Assert.DoesNotContain(stage.Engine.Log, s => s.Contains("was being resized", StringComparison.Ordinal));
    }

    [Fact]
    public void Resize_OneTargetHasNoRoom_IsBroughtToItsEndByAResend()
    {
        using var stage = new Stage(targets: Targets);
        EngineCaller caller = stage.StartFresh();
        stage.Engine.Node.Disk.Inject(new MediaFault(MediaFaultKind.CallNoSpace) { PathEnd = "/target-1/data" });
        ModificationInfo identity = caller.NextModification();
        stage.Run(caller, async () => Assert.Equal(DerCode.NoSpace, await caller.ResizePoolAsync(64 * MiB, 0, identity)));
        Assert.Contains(32L << 20, DataBytes(stage));

        // As it is the pool serves, also after a start that cannot do better.
        stage.Restart(CrashKind.Process);
        Assert.Contains(32L << 20, DataBytes(stage));
        Assert.Contains(stage.Engine.Log, s => s.Contains("not every target can have the new size", StringComparison.Ordinal));
        stage.Run(caller, async () => Assert.Equal(20, await FillAsync(caller, 20)));
        stage.Engine.Node.Disk.ClearFaults();
        stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Success, await caller.ResizePoolAsync(64 * MiB, 0, identity));
            Assert.Equal(20, await CountAsync(caller, 20));
        });
        Assert.All(DataBytes(stage), static bytes => Assert.Equal(64L << 20, bytes));
    }

    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Resize_CutByACrashAtAnyMoment_EndsWithEveryTargetAtOneSize(CrashKind kind)
    {
        int resized = 0;
        int finished = 0;
        for (ulong seed = 1; seed <= 24; seed++)
        {
            using var stage = new Stage(seed, targets: Targets);
            EngineCaller caller = stage.StartFresh();
            stage.Run(caller, async () => Assert.Equal(10, await FillAsync(caller, 10)));
            ModificationInfo identity = caller.NextModification();
            bool acknowledged = false;
            _ = stage.Begin(caller, async () => acknowledged = (await caller.ResizePoolAsync(64 * MiB, 128 * MiB, identity)).IsSuccess);
            stage.World.RunFor(stage.World.Random.Next(4_000_000L));
            bool wasAcknowledged = acknowledged;
            stage.Restart(kind);
            long[] sizes = DataBytes(stage);
            Assert.True(sizes.Distinct().Count() == 1, $"seed {seed}: targets have {string.Join(", ", sizes)} bytes");
            Assert.True(sizes[0] == 64L << 20 || (sizes[0] == 32L << 20 && !wasAcknowledged), $"seed {seed}: targets have {sizes[0]} bytes");
            resized += sizes[0] == 64L << 20 ? 1 : 0;
            finished += stage.Engine.Log.Exists(static s => s.Contains("every target has the new size now", StringComparison.Ordinal)) ? 1 : 0;
            stage.Run(caller, async () =>
            {
                Assert.Equal(10, await CountAsync(caller, 10));
                Assert.Equal(DerCode.Success, await caller.ResizePoolAsync(64 * MiB, 128 * MiB, identity));
                PoolQueryReply space = (await caller.QueryPoolAsync()).Value;
                Assert.Equal((Targets * 64 * MiB, Targets * 128 * MiB), (space.Data.TotalBytes, space.Meta.TotalBytes));
                Assert.Equal(10, await CountAsync(caller, 10));
            });
        }

        Assert.True(resized is > 0 and < 24 && finished > 0, $"{resized} of 24 crashes came behind the intention, {finished} in the middle");
    }

    [Fact]
    public void Device_ThatWasOutMeanwhile_ComesBackWithTheNewSize()
    {
        using var stage = new Stage(targets: Targets);
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () => Assert.Equal(30, await FillAsync(caller, 30)));
        Guid device = stage.Complete(stage.Engine.Server!.ListDevicesAsync()).Value[1].Id;
        Assert.Equal(DerCode.Success, stage.Complete(stage.Engine.Server.SetDeviceFaultyAsync(device)));
        stage.Run(caller, async () => Assert.Equal(DerCode.Success, await caller.ResizePoolAsync(64 * MiB, 128 * MiB)));
        Assert.True(stage.Complete(stage.Engine.Server.ReplaceDeviceAsync(device, keepsData: true)).IsSuccess);
        Assert.All(DataBytes(stage), static bytes => Assert.Equal(64L << 20, bytes));
        stage.Run(caller, async () => Assert.Equal(30, await CountAsync(caller, 30)));
    }

    private static byte[] Key(int number) => Encoding.UTF8.GetBytes($"key-{number}");

    // How many fitted; each is a MiB quarter, all different.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<int> FillAsync(EngineCaller caller, int count)
    {
        int written = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] value = new byte[256 << 10];
            value.AsSpan().Fill((byte)i);
            DerResult<Epoch> put = await caller.PutAsync(s_oid, Key(i), value);
            Assert.True(put.IsSuccess || put.Code == DerCode.NoSpace, put.Code.ToString());
            written += put.IsSuccess ? 1 : 0;
        }

        return written;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<int> CountAsync(EngineCaller caller, int count)
    {
        int found = 0;
        for (int i = 0; i < count; i++)
        {
            DerResult<byte[]?> value = await caller.GetAsync(s_oid, Key(i), roomBytes: 256 << 10);
            found += value.IsSuccess && value.Value is { Length: 256 << 10 } bytes && !bytes.AsSpan().ContainsAnyExcept((byte)i) ? 1 : 0;
        }

        return found;
    }

    private static long[] DataBytes(Stage stage) =>
        [.. Enumerable.Range(0, Targets).Select(t => stage.Engine.Server!.Context.TargetXstream(t).Shards.InOrder()[0].Store.Space.DataTotalBytes)];
}
