using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Media;

public class SmallReadTests
{
    private const int BlockBytes = 4096;
    private const int Reads = 24;

    /// <summary>Small reads are under way together beyond the number of large buffers; more than there are small ones wait their turn.</summary>
    [Fact]
    public void SmallReads_MoreThanLargeBuffers_AreUnderWayTogether()
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, MediaBufferCount = 1, SmallBufferCount = 16 });
        store.Calls.ChunkSize = BlockBytes;
        byte[] data = new byte[Reads * BlockBytes];
        new SeededRandom(5).Fill(data);
        CallKeys array = CallKeys.Of("d", "array");
        for (int i = 0; i < Reads; i++)
        {
            byte[] block = data.AsSpan(i * BlockBytes, BlockBytes).ToArray();
            Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(array, 1, ((ulong)(i * BlockBytes), BlockBytes, block))).Code);
        }

        var found = new byte[Reads][];
        int done = 0;
        MediaBuffers small = store.Shard.SmallBuffers;
        store.On(() =>
        {
            for (int i = 0; i < Reads; i++)
            {
                store.World.Loop.Spawn(ReadAsync(i));
            }

            Assert.Equal((0, Reads - small.Capacity, 1), (small.IdleCount, small.WaitingCount, store.Shard.Buffers.IdleCount));
        });
        Assert.True(store.World.World.RunUntil(() => done == Reads), "the reads do not end");
        Assert.Equal((small.Capacity, 1), (small.IdleCount, store.Shard.Buffers.IdleCount));
        for (int i = 0; i < Reads; i++)
        {
            Assert.True(data.AsSpan(i * BlockBytes, BlockBytes).SequenceEqual(found[i]), $"block {i}");
        }

        async ValueTask ReadAsync(int block)
        {
            found[block] = (await store.Calls.ReadAsync(array, (ulong)(block * BlockBytes), BlockBytes)).Bytes!;
            done++;
        }
    }

    /// <summary>A value with nothing beside one that lies in the data file: each gets its own bytes.</summary>
    [Fact]
    public void Gather_OfOnePieceAmongSeveralValues_GivesItToItsValue()
    {
        var store = new ObjectFixture();
        byte[] large = new byte[BlockBytes];
        new SeededRandom(6).Fill(large);
        store.Put("d", "large", large);
        store.Run(async () =>
        {
            using var none = new NativeCall(CallKeys.Of("d", "none"), []);
            using var one = new NativeCall(CallKeys.Of("d", "large"), []);
            FetchPlan plan = Begin(store, one);
            Add(plan, none);
            Add(plan, one);
            DerCode code = plan.Resolve();
            Assert.Equal((DerCode.Success, 1), (code, plan.PieceCount));
            Assert.Equal(DerCode.Success, await plan.GatherAsync());
            Check(plan, large);
            plan.Free();
            return true;
        });
    }

    private static unsafe FetchPlan Begin(ObjectFixture store, NativeCall call) => store.Shard.BeginFetch(new ObjectTarget
    {
        Container = ObjectFixture.Container,
        Object = ObjectFixture.Object,
        Dkey = call.Dkey,
        DkeyLength = call.DkeyLength,
    });

    private static unsafe void Add(FetchPlan plan, NativeCall call) => Assert.Equal(DerCode.Success, plan.AddSingle(call.Akey, call.AkeyLength));

    private static unsafe void Check(FetchPlan plan, byte[] expected)
    {
        byte[] bytes = new byte[expected.Length];
        bytes.AsSpan().Fill(0xAA);
        fixed (byte* p = bytes)
        {
            plan.CopyTo(0, p);
            Assert.Equal(0xAA, bytes[0]);
            plan.CopyTo(1, p);
        }

        Assert.True(expected.AsSpan().SequenceEqual(bytes));
    }
}
