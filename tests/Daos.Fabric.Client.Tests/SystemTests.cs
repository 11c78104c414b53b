using System.Buffers;

namespace Daos.Fabric.Client.Tests;

/// <summary>The SDK from ordinary threads over tcp, against a fake engine on a thread of its own.</summary>
public sealed class SystemTests
{
    [Fact]
    public async Task PutAndGet_ThreeWaysToRead_SameBytes()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosKeyValue kv = container.OpenKeyValue("names");
            foreach (int lengthBytes in new[] { 1, 64, 19 * 1024, 100_000, 2_000_000 })
            {
                byte[] value = Bytes(lengthBytes);
                string key = $"key-{lengthBytes}-ä";
                await kv.PutAsync(key, value);

                byte[] read = new byte[lengthBytes];
                Assert.Equal(lengthBytes, await kv.GetAsync(key, read));
                Assert.Equal(value, read);

                var writer = new ArrayBufferWriter<byte>();
                Assert.Equal(lengthBytes, await kv.GetAsync(key, writer));
                Assert.Equal(value, writer.WrittenSpan.ToArray());

                using DaosValue held = await kv.GetAsync(key);
                Assert.True(held.Exists);
                Assert.Equal(value, held.ToArray());
            }
        }
    }

    [Fact]
    public async Task Get_NoValue_MinusOneAndNotExists()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosKeyValue kv = container.OpenKeyValue("names");
            Assert.Equal(-1, await kv.GetAsync("none", new byte[4]));
            using DaosValue value = await kv.GetAsync("none");
            Assert.False(value.Exists);
            Assert.Equal(0, value.Length);
        }
    }

    [Fact]
    public async Task Value_DisposedTwiceAndReadAfter_Throws()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosKeyValue kv = container.OpenKeyValue("names");
            await kv.PutAsync("a", Bytes(10));
            DaosValue value = await kv.GetAsync("a");
            value.Dispose();
            value.Dispose();
            Assert.Throws<ObjectDisposedException>(() => value.ToArray());
            using DaosValue other = await kv.GetAsync("a");
            value.Dispose();
            Assert.Equal(Bytes(10), other.ToArray());
        }
    }

    [Fact]
    public async Task List_SeveralPagesAndTargets_EveryKeyOnce()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosKeyValue kv = container.OpenKeyValue("names");
            string[] keys = [.. Enumerable.Range(0, 50).Select(i => $"k{i:d3}")];
            foreach (string key in keys)
            {
                await kv.PutAsync(key, new byte[] { 1 });
            }

            var listed = new List<string>();
            await foreach (string key in kv.ListStringsAsync())
            {
                listed.Add(key);
            }

            Assert.Equal(keys, listed.Order());
        }
    }

    [Fact]
    public async Task Array_SeveralChunks_PiecesInParallelSameBytes()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosArray array = container.OpenArray(ObjectId.Create(0, 5, ObjectType.ArrayByte), 1, 16_384);
            byte[] data = Bytes(150_000);
            await array.WriteAsync(777, data);
            byte[] read = new byte[160_000];
            Assert.Equal(150_000, await array.ReadAsync(0, read));
            Assert.Equal(data, read[777..150_777]);
            Assert.All(read[..777], b => Assert.Equal(0, b));
        }
    }

    [Fact]
    public async Task Put_FromManyTasks_AllReadBack()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosKeyValue kv = container.OpenKeyValue("names");
            await Task.WhenAll(Enumerable.Range(0, 32).Select(worker => Task.Run(async () =>
            {
                byte[] read = new byte[64];
                for (int i = 0; i < 100; i++)
                {
                    byte[] value = Bytes(32 + (i % 32));
                    await kv.PutAsync($"{worker}/{i}", value);
                    Assert.Equal(value.Length, await kv.GetAsync($"{worker}/{i}", read));
                    Assert.Equal(value, read[..value.Length]);
                }
            })));
            Assert.Equal(3200, engine.Engine.Executed);
        }
    }

    [Fact]
    [Trait("Id", "BLOCK")]
    public async Task Await_UserCodeBlocksAfterIt_OthersGoOn()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosKeyValue kv = container.OpenKeyValue("names");
            using var release = new ManualResetEventSlim();
            var blocked = Enumerable.Range(0, 4).Select(i => Task.Run(() => BlockAsync(kv, i, release))).ToList();
            for (int i = 0; i < 200; i++)
            {
                await kv.PutAsync($"free-{i}", new byte[] { 1 });
            }

            Assert.All(blocked, task => Assert.False(task.IsCompleted));
            release.Set();
            await Task.WhenAll(blocked);
        }
    }

    [Fact]
    public async Task Put_BehindWaitersThatLeft_FindsAPlace()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosKeyValue kv = container.OpenKeyValue("names");
            engine.Engine.Holds = true;
            Task[] underWay = [.. Enumerable.Range(0, ClientLimits.OperationsMax).Select(i => kv.PutAsync($"{i}", Bytes(1)).AsTask())];
            using var leave = new CancellationTokenSource();
            Task[] waiting = [.. Enumerable.Range(0, ClientLimits.WaitersMax - 1).Select(_ => kv.PutAsync("waits", Bytes(1), cancellationToken: leave.Token).AsTask())];
            Task stays = kv.PutAsync("stays", Bytes(1)).AsTask();
            DaosException full = await Assert.ThrowsAsync<DaosException>(async () => await kv.PutAsync("no room", Bytes(1)));
            Assert.Equal(DerCode.Again, full.Code);

            await leave.CancelAsync();
            await Task.WhenAll(waiting).ContinueWith(static _ => { }, TaskScheduler.Default);
            Task late = kv.PutAsync("late", Bytes(1)).AsTask();
            Assert.False(late.IsCompleted);
            engine.Engine.Holds = false;
            await Task.WhenAll([.. underWay, stays, late]);
            Assert.All(waiting, task => Assert.True(task.IsCanceled));
        }
    }

    [Fact]
    public async Task Continuation_WithAContext_RunsInItAndNeverOnTheProgressThread()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosKeyValue kv = container.OpenKeyValue("names");
            var context = new RecordingContext();
            bool wasOwner = true;
            SynchronizationContext? seen = null;
            await context.Start(async () =>
            {
                for (int i = 0; i < 50; i++)
                {
                    await kv.PutAsync("a", new byte[] { 1 });
                }

                wasOwner = OwnerThread.Current is not null;
                seen = SynchronizationContext.Current;
            });
            Assert.False(wasOwner);
            Assert.Same(context, seen);
            Assert.True(context.Posted > 0);
        }
    }

    [Fact]
    public async Task Cancel_RequestHeldByTheEngine_ThrowsAndTheOperationComesBack()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosKeyValue kv = container.OpenKeyValue("names");
            await kv.PutAsync("a", Bytes(100_000));
            engine.Engine.Holds = true;
            byte[] destination = new byte[100_000];
            for (int i = 0; i < 20; i++)
            {
                using var cancel = new CancellationTokenSource();
                ValueTask<int> get = kv.GetAsync("a", destination, cancel.Token);
                await cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await get);
            }

            engine.Engine.Holds = false;
            Assert.Equal(100_000, await kv.GetAsync("a", destination, TestContext.Current.CancellationToken));
            Assert.Equal(Bytes(100_000), destination);
        }
    }

    [Fact]
    public async Task Cancel_AtRandomMoments_EveryCallEndsOnceAndNothingIsLost()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosKeyValue kv = container.OpenKeyValue("names");
            var random = new SeededRandom(11);
            int cancelled = 0;
            for (int round = 0; round < 300; round++)
            {
                using var cancel = new CancellationTokenSource();
                var calls = Enumerable.Range(0, 8).Select(i => kv.PutAsync($"{i}", Bytes(50), cancel.Token).AsTask()).ToList();
                Thread.SpinWait(random.Next(4000));
                cancel.Cancel();
                foreach (Task call in calls)
                {
                    try
                    {
                        await call;
                    }
                    catch (OperationCanceledException)
                    {
                        cancelled++;
                    }
                }
            }

            Assert.True(cancelled > 0);
            await kv.PutAsync("last", Bytes(5), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Calls_MoreThanOperations_WaitAndAllComplete()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosKeyValue kv = container.OpenKeyValue("names");
            engine.Engine.Holds = true;
            var calls = Enumerable.Range(0, ClientLimits.OperationsMax + 500).Select(i => kv.PutAsync($"{i}", Bytes(50)).AsTask()).ToList();
            engine.Engine.Holds = false;
            await Task.WhenAll(calls);
            Assert.Equal(calls.Count, engine.Engine.Executed);
        }
    }

    [Fact]
    public async Task Dispose_CallsUnderWay_EndWithShutdown()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        DaosKeyValue kv = container.OpenKeyValue("names");
        engine.Engine.Holds = true;
        var calls = Enumerable.Range(0, 20).Select(i => kv.PutAsync($"{i}", Bytes(50)).AsTask()).ToList();
        await system.DisposeAsync();
        foreach (Task call in calls)
        {
            DaosException failed = await Assert.ThrowsAsync<DaosException>(() => call);
            Assert.Equal(DerCode.Shutdown, failed.Code);
        }

        Assert.Throws<ObjectDisposedException>(() => { _ = kv.PutAsync("a", Bytes(1)); });
        engine.Engine.Holds = false;
    }

    [Fact]
    public async Task Connect_NobodyThere_UnreachableAndTheAddressInTheMessage()
    {
        DaosException failed = await Assert.ThrowsAsync<DaosException>(async () => await DaosSystem.ConnectAsync("tcp://127.0.0.1:1"));
        Assert.Equal(DerCode.Unreachable, failed.Code);
        Assert.Contains("tcp://127.0.0.1:1", failed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("tcp://")]
    [InlineData("smoke://signal")]
    public async Task Connect_BadAddress_Invalid(string address)
    {
        DaosException failed = await Assert.ThrowsAsync<DaosException>(async () => await DaosSystem.ConnectAsync(address));
        Assert.Equal(DerCode.Invalid, failed.Code);
    }

    [Fact]
    public async Task Put_KeyTooLongOrEmpty_Throws()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            DaosKeyValue kv = container.OpenKeyValue("names");
            Assert.Equal(DerCode.KeyTooBig, (await Assert.ThrowsAsync<DaosException>(async () => await kv.PutAsync(new string('x', 4097), Bytes(1)))).Code);
            Assert.Equal(DerCode.Invalid, (await Assert.ThrowsAsync<DaosException>(async () => await kv.PutAsync("", Bytes(1)))).Code);
            Assert.Equal(DerCode.Invalid, (await Assert.ThrowsAsync<DaosException>(async () => await kv.PutAsync("a", default(ReadOnlyMemory<byte>)))).Code);
        }
    }

    [Fact]
    public async Task RentedBuffer_RoundTrip_SameBytesAndMemoryComesBack()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync(new DaosClientOptions { LargeBufferBytesMax = 4 << 20, Seed = 1 });
        await using (system)
        {
            DaosArray array = container.OpenArray(ObjectId.Create(0, 6, ObjectType.ArrayByte));
            for (int i = 0; i < 10; i++)
            {
                using DaosBuffer written = system.RentBuffer(100_000);
                using DaosBuffer read = system.RentBuffer(100_000);
                new SeededRandom(1).Fill(written.GetSpan());
                await array.WriteAsync(0, written.Memory);
                Assert.Equal(100_000, await array.ReadAsync(0, read.Memory));
                Assert.True(written.GetSpan().SequenceEqual(read.GetSpan()));
            }

            Assert.Equal(DerCode.NoMemory, Assert.Throws<DaosException>(() => system.RentBuffer(8 << 20)).Code);
        }
    }

    private static async Task BlockAsync(DaosKeyValue kv, int i, ManualResetEventSlim release)
    {
        await kv.PutAsync($"blocked-{i}", new byte[] { 1 });
        release.Wait();
    }

    private static byte[] Bytes(int lengthBytes)
    {
        byte[] bytes = new byte[lengthBytes];
        new SeededRandom((ulong)lengthBytes).Fill(bytes);
        return bytes;
    }

    /// <summary>Runs what is posted to it on the thread pool, as itself.</summary>
    private sealed class RecordingContext : SynchronizationContext
    {
        private int _posted;

        internal int Posted => _posted;

        public override void Post(SendOrPostCallback d, object? state)
        {
            Assert.Null(OwnerThread.Current);
            Interlocked.Increment(ref _posted);
            ThreadPool.QueueUserWorkItem(_ =>
            {
                SetSynchronizationContext(this);
                d(state);
                SetSynchronizationContext(null);
            });
        }

        internal Task Start(Func<Task> work)
        {
            var done = new TaskCompletionSource();
            Post(
                async _ =>
                {
                    try
                    {
                        await work();
                        done.SetResult();
                    }
                    catch (Exception exception)
                    {
                        done.SetException(exception);
                    }
                },
                null);
            return done.Task;
        }
    }
}
