using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Daos.Fabric.Store.Tests;

/// <summary>The store on real files: allocation per transaction, and a rate that says whether group commit works at all.</summary>
public class RealStoreTests
{
    // Some objects per run of the harness itself; none per transaction.
    private const long HarnessBytesMax = 4096;
    private const int RoundsMax = 4;

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    [InlineData("portable")]
    public void DurableTransactions_AfterWarmUp_AllocateNothingAndComeBack(string kind)
    {
        using var real = new RealLoop(kind);
        if (real.Loop.Reactor.Kind != kind)
        {
            Assert.Skip($"no {kind} reactor on this machine");
        }

        DerResult<StoreShard> created = real.Run(() => StoreShard.CreateAsync(real.Loop, real.Options()));
        Assert.True(created.IsSuccess);
        StoreShard shard = created.Value;
        var writers = new Writers(real, shard);
        writers.Run(30_000);
        (long allocated, TimeSpan elapsed) = writers.Measure(30_000);
        for (int round = 1; round < RoundsMax && allocated >= HarnessBytesMax; round++)
        {
            // On a busy machine a free list may reach its peak late; an allocation per transaction comes in every round.
            (allocated, elapsed) = writers.Measure(30_000);
        }

        StoreStatistics statistics = shard.Statistics;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{kind}: {30_000 / elapsed.TotalSeconds:F0} durable transactions/s with {Writers.Count} waiting, "
            + $"{(double)statistics.Transactions / statistics.LogBlocks:F1} per block, {allocated} bytes allocated");
        Assert.True(allocated < HarnessBytesMax, $"{allocated} bytes for 30000 transactions");
        ulong last = shard.Arena.Root(4);
        real.Run(shard.CloseAsync);
        DerResult<StoreShard> opened = real.Run(() => StoreShard.OpenAsync(real.Loop, real.Options()));
        Assert.True(opened.IsSuccess);
        Assert.Equal(last, opened.Value.Arena.Root(4));
        real.Run(opened.Value.CloseAsync);
    }

    /// <summary>ULTs that commit and wait, each with a block that it replaces.</summary>
    private sealed class Writers(RealLoop real, StoreShard shard)
    {
        internal const int Count = 128;

        private readonly ulong[] _blocks = new ulong[Count];
        private long _left;
        private int _running;

        internal void Run(long transactions)
        {
            _left = transactions;
            _running = Count;
            Assert.True(real.Loop.TryPost(new StartAll(this)));
            while (_running > 0)
            {
                real.Loop.RunTurn(1_000_000);
            }
        }

        internal (long AllocatedBytes, TimeSpan Elapsed) Measure(long transactions)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            Run(transactions);
            return (GC.GetAllocatedBytesForCurrentThread() - before, Stopwatch.GetElapsedTime(start));
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask WriteAsync(int number)
        {
            while (_left-- > 0)
            {
                DerCode code = await shard.AdmitAsync();
                code = code.IsSuccess ? shard.Transaction.Begin() : code;
                if (code == DerCode.Again)
                {
                    _left++;
                    continue;
                }

                Invariant.Check(code.IsSuccess);
                if (_blocks[number] != 0)
                {
                    shard.Transaction.Free(_blocks[number], 200);
                }

                _blocks[number] = shard.Transaction.Allocate(200);
                shard.Transaction.ModifyRoot(4, (ulong)_left);
                Invariant.Check(shard.Transaction.Commit(out LogPosition position).IsSuccess);
                Invariant.Check((await shard.WaitStableAsync(position)).IsSuccess);
            }

            _running--;
        }

        private sealed class StartAll(Writers writers) : WorkItem
        {
            protected override void Execute()
            {
                for (int i = 0; i < Count; i++)
                {
                    OwnerThread.Current!.Spawn(writers.WriteAsync(i));
                }
            }
        }
    }
}
