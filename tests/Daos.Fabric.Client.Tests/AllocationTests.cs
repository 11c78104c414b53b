using Daos.Fabric.TestKit.Allocations;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Client.Tests;

/// <summary>Calls of a session on a loop that the test drives itself, over a real socket: nothing is allocated on the client's thread.</summary>
public sealed class AllocationTests
{
    private const int WarmUpCalls = 10_000;
    private const int MeasuredCalls = 10_000;

    // Waits rather than spins: on a busy machine the engine's thread needs the core.
    private const long WaitNs = 1_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(128)]
    public void PutAndGet_AfterWarmUp_AllocateNothing(int inFlight)
    {
        using var engine = new RealEngine();
        using var client = new DrivenClient(engine);
        var workers = new Worker[inFlight];
        client.Enter(() =>
        {
            for (int i = 0; i < inFlight; i++)
            {
                workers[i] = new Worker(client.Container, i);
                client.Loop.Spawn(workers[i].RunAsync());
            }
        });
        client.TurnUntil(() => workers.Sum(w => w.Calls) >= WarmUpCalls);
        GC.Collect();
        long allocated = SteadyState.AllocatedBytes(() =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            long target = Sum(workers) + MeasuredCalls;
            while (Sum(workers) < target)
            {
                client.Loop.RunTurn(WaitNs);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
        foreach (Worker worker in workers)
        {
            worker.Stop = true;
        }

        client.TurnUntil(() => workers.All(w => w.IsDone));
        Assert.All(workers, w => Assert.Equal(DerCode.Success, w.Failure));
        Assert.Equal(0, allocated);
    }

    private static long Sum(Worker[] workers)
    {
        long sum = 0;
        foreach (Worker worker in workers)
        {
            sum += worker.Calls;
        }

        return sum;
    }

    private sealed class Worker(ContainerSession container, int index)
    {
        private readonly KeyValueSession _kv = container.OpenKeyValue(ObjectNames.ToObjectId("alloc", ObjectType.KeyValueHashed));
        private readonly byte[] _key = BitConverter.GetBytes(index);
        private readonly byte[] _value = new byte[64];
        private readonly byte[] _read = new byte[64];

        internal long Calls { get; private set; }

        internal bool Stop { get; set; }

        internal bool IsDone { get; private set; }

        internal DerCode Failure { get; private set; }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        internal async ValueTask RunAsync()
        {
            while (!Stop && Failure.IsSuccess)
            {
                Failure = await _kv.PutAsync(_key, _value);
                DerResult<int> read = await _kv.GetAsync(_key, _read);
                Failure = Failure.IsSuccess ? read.Code : Failure;
                Calls += 2;
            }

            IsDone = true;
        }
    }

    /// <summary>A context on a loop that the test's thread turns.</summary>
    private sealed class DrivenClient : IDisposable
    {
        internal DrivenClient(RealEngine engine)
        {
            Loop = new OwnerLoop("driven", ReactorFactory.Create(), new OwnerLoopOptions());
            Context = new ClientContext(Loop, new DaosClientOptions { Seed = 4 }, [new SocketsProvider()], new SeededRandom(4));
            bool done = false;
            Enter(() => Loop.Spawn(OpenAsync(engine, () => done = true)));
            TurnUntil(() => done);
        }

        internal OwnerLoop Loop { get; }

        internal ClientContext Context { get; }

        internal ContainerSession Container { get; private set; } = null!;

        internal void Enter(Action action)
        {
            using OwnerThread.EnterScope scope = Loop.Enter();
            action();
        }

        internal void TurnUntil(Func<bool> condition)
        {
            for (int turn = 0; !condition(); turn++)
            {
                Assert.True(turn < 20_000_000, "the client makes no progress");
                Loop.RunTurn(WaitNs);
            }
        }

        public void Dispose()
        {
            Enter(Context.Dispose);
            Loop.RunTurn(0);
            Loop.Reactor.Dispose();
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask OpenAsync(RealEngine engine, Action done)
        {
            Assert.Equal(DerCode.Success, await Context.ConnectAsync(engine.Engine.Uri));
            Container = (await (await Context.ConnectPoolAsync("pool")).Value.OpenContainerAsync("cont")).Value;
            done();
        }
    }
}
