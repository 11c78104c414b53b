using Daos.Fabric.Xstreams.Tests.Support;

namespace Daos.Fabric.Xstreams.Tests.Waiting;

public sealed class PrimitiveTests : IDisposable
{
    private readonly Bench _bench = new();
    private readonly List<int> _log = [];

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Eventual_SetOnce_AllWaitersContinueInOrder()
    {
        var eventual = new Eventual<int>(_bench.Xstream);
        for (int i = 0; i < 5; i++)
        {
            int id = i;
            _bench.Start(async () => _log.Add((id * 100) + await eventual.WaitAsync()));
        }

        _bench.RunUntilIdle();
        Assert.Empty(_log);
        OnOwner(() => eventual.Set(7));
        _bench.RunUntilIdle();

        Assert.Equal([7, 107, 207, 307, 407], _log);
        _bench.Run(async () => Assert.Equal(7, await eventual.WaitAsync()));
        Assert.Throws<InvariantException>(() => OnOwner(() => eventual.Set(8)));
        OnOwner(eventual.Reset);
        Assert.False(eventual.IsSet);
    }

    [Fact]
    public void Future_AllPartsSet_GivesTheFirstError()
    {
        var future = new Future(_bench.Xstream, 3);
        DerCode? code = null;
        _bench.Start(async () => code = await future.WaitAsync());
        OnOwner(() => future.Set(DerCode.Success));
        OnOwner(() => future.Set(DerCode.NoSpace));
        _bench.RunUntilIdle();
        Assert.Null(code);
        OnOwner(() => future.Set(DerCode.Busy));
        _bench.RunUntilIdle();

        Assert.Equal(DerCode.NoSpace, code);
        Assert.Throws<InvariantException>(() => OnOwner(() => future.Set(DerCode.Success)));
    }

    [Fact]
    public void Mutex_Contended_IsExclusiveAndFirstComeFirstServed()
    {
        var mutex = new UltMutex(_bench.Xstream);
        int inside = 0;
        for (int i = 0; i < 20; i++)
        {
            int id = i;
            _bench.Start(async () =>
            {
                await mutex.LockAsync();
                Assert.Equal(1, ++inside);
                _log.Add(id);
                await _bench.Xstream.YieldAsync();
                await _bench.Xstream.YieldAsync();
                inside--;
                mutex.Unlock();
            });
        }

        _bench.RunUntilIdle();

        Assert.Equal(Enumerable.Range(0, 20), _log);
        Assert.False(mutex.IsLocked);
        Assert.Throws<InvariantException>(() => OnOwner(mutex.Unlock));
    }

    [Fact]
    public void Mutex_HandedOver_CannotBeTakenByANewcomer()
    {
        var mutex = new UltMutex(_bench.Xstream);
        OnOwner(() => Assert.True(mutex.TryLock()));
        _bench.Start(async () => await mutex.LockAsync());
        _bench.RunUntilIdle();

        OnOwner(() =>
        {
            mutex.Unlock();
            Assert.False(mutex.TryLock(), "the waiter owns it although it has not run yet");
        });
        _bench.RunUntilIdle();
    }

    [Fact]
    public void Condition_SignalAndBroadcast_ReadyOneOrAll()
    {
        var mutex = new UltMutex(_bench.Xstream);
        var condition = new Condition(_bench.Xstream);
        for (int i = 0; i < 4; i++)
        {
            int id = i;
            _bench.Start(async () =>
            {
                await mutex.LockAsync();
                await condition.WaitAsync(mutex);
                Assert.True(mutex.IsLocked);
                _log.Add(id);
                mutex.Unlock();
            });
        }

        _bench.RunUntilIdle();
        OnOwner(condition.Signal);
        _bench.RunUntilIdle();
        Assert.Equal([0], _log);
        OnOwner(condition.Broadcast);
        _bench.RunUntilIdle();

        Assert.Equal([0, 1, 2, 3], _log);
        Assert.False(mutex.IsLocked);
    }

    [Fact]
    public void Barrier_LastArrival_ReleasesAllAndStartsOver()
    {
        var barrier = new UltBarrier(_bench.Xstream, 3);
        for (int round = 1; round <= 2; round++)
        {
            int lasts = 0;
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal((round - 1) * 3, _log.Count);
                _bench.Start(async () =>
                {
                    bool last = await barrier.ArriveAsync();
                    lasts += last ? 1 : 0;
                    _log.Add(round);
                });
                if (i < 2)
                {
                    _bench.RunUntilIdle();
                }
            }

            _bench.RunUntilIdle();
            Assert.Equal(round * 3, _log.Count);
            Assert.Equal(1, lasts);
        }
    }

    [Fact]
    public void Semaphore_LargeRequestFirst_IsNotOvertaken()
    {
        var semaphore = new UltSemaphore(_bench.Xstream, 4);
        OnOwner(() => Assert.True(semaphore.TryAcquire(3)));
        _bench.Start(async () =>
        {
            await semaphore.AcquireAsync(4);
            _log.Add(4);
        });
        _bench.Start(async () =>
        {
            await semaphore.AcquireAsync(1);
            _log.Add(1);
        });
        _bench.RunUntilIdle();
        OnOwner(() => Assert.False(semaphore.TryAcquire()));
        Assert.Empty(_log);

        OnOwner(() => semaphore.Release(3));
        _bench.RunUntilIdle();
        Assert.Equal([4], _log);
        OnOwner(() => semaphore.Release(4));
        _bench.RunUntilIdle();

        Assert.Equal([4, 1], _log);
        Assert.Equal(3, semaphore.FreeUnits);
        Assert.Throws<InvariantException>(() => OnOwner(() => semaphore.Release(2)));
    }

    [Fact]
    public void Gate_Closed_WaitsForThoseInsideAndRefusesNewOnes()
    {
        var gate = new Gate(_bench.Xstream);
        bool closed = false;
        OnOwner(() => Assert.True(gate.TryEnter() && gate.TryEnter()));
        _bench.Start(async () =>
        {
            await gate.CloseAsync();
            closed = true;
        });
        _bench.RunUntilIdle();
        OnOwner(() => Assert.False(gate.TryEnter()));
        OnOwner(gate.Leave);
        _bench.RunUntilIdle();
        Assert.False(closed);
        OnOwner(gate.Leave);
        _bench.RunUntilIdle();

        Assert.True(closed);
        _bench.Run(async () => await gate.CloseAsync());
    }

    [Fact]
    public void Sleep_UntilDue_NeverEndsEarly()
    {
        _bench.Start(async () =>
        {
            // Time passed since the turn began: the sleep counts from now.
            _bench.Clock.MonotonicNs += 5_000_000;
            await _bench.Xstream.SleepAsync(1_000_000);
            _log.Add(1);
        });
        _bench.RunUntilIdle();
        _bench.Clock.MonotonicNs += 999_000;
        _bench.RunUntilIdle();
        Assert.Empty(_log);
        _bench.Clock.MonotonicNs += 1_000 + TimerWheel.TickNs;
        _bench.RunUntilIdle();

        Assert.Equal([1], _log);
    }

    [Fact]
    public void Primitives_AfterWarmUp_AllocateNothing()
    {
        var work = new Work(_bench.Xstream);
        for (int i = 0; i < 50; i++)
        {
            work.Start();
            Turn(40);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            work.Start();
            Turn(40);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(1050 * Work.Ults, work.Finished);
        Assert.Equal(0, allocated);
    }

    private void Turn(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _bench.Clock.MonotonicNs += 10_000;
            _bench.Xstream.RunTurn(0);
        }
    }

    private void OnOwner(Action action)
    {
        using OwnerThread.EnterScope scope = _bench.Xstream.Enter();
        action();
    }

    /// <summary>Several ULTs that go through every primitive.</summary>
    private sealed class Work(Xstream xstream)
    {
        public const int Ults = 4;

        private readonly Eventual<int> _eventual = new(xstream);
        private readonly Future _future = new(xstream, Ults);
        private readonly UltMutex _mutex = new(xstream);
        private readonly Condition _condition = new(xstream);
        private readonly UltBarrier _barrier = new(xstream, Ults);
        private readonly UltSemaphore _semaphore = new(xstream, 2);
        private readonly Gate _gate = new(xstream);
        private int _waiting;

        public int Finished { get; private set; }

        public void Start()
        {
            using OwnerThread.EnterScope scope = xstream.Enter();
            _eventual.Reset();
            _future.Reset(Ults);
            for (int i = 0; i < Ults; i++)
            {
                xstream.Spawn(RunAsync(i));
            }
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask RunAsync(int index)
        {
            Assert.True(_gate.TryEnter());
            await xstream.YieldAsync();
            await _mutex.LockAsync();
            await xstream.SleepAsync(1000);
            _mutex.Unlock();
            await _semaphore.AcquireAsync();
            await xstream.YieldAsync();
            _semaphore.Release();
            await _barrier.ArriveAsync();
            if (index == 0)
            {
                _eventual.Set(5);
            }

            Invariant.Check(await _eventual.WaitAsync() == 5);
            await WaitForSignalAsync();
            _future.Set(DerCode.Success);
            Invariant.Check((await _future.WaitAsync()).IsSuccess);
            _gate.Leave();
            Finished++;
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask WaitForSignalAsync()
        {
            await _mutex.LockAsync();
            if (++_waiting == Ults)
            {
                _waiting = 0;
                _condition.Broadcast();
            }
            else
            {
                await _condition.WaitAsync(_mutex);
            }

            _mutex.Unlock();
        }
    }
}
