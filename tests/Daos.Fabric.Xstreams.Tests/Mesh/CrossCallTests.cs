using Daos.Fabric.Xstreams.Tests.Support;

namespace Daos.Fabric.Xstreams.Tests.Mesh;

public sealed class CrossCallTests
{
    [Fact]
    public void Call_ToAnotherXstream_RunsThereAndComesHome()
    {
        using Bench a = new(), b = new();
        XstreamMesh.Connect([a.Xstream, b.Xstream]);
        DerCode? code = null;
        var call = new ProbeCall { Answer = DerCode.Exists };
        a.Start(async () => code = await call.CallAsync(a.Xstream, b.Xstream), RequestClass.Fetch);

        RunAll(a, b);

        Assert.Equal(DerCode.Exists, code);
        Assert.Equal("bench/2", call.Served.Single());
    }

    [Fact]
    public void Call_ToItself_RunsFromTheReadyQueue()
    {
        using Bench a = new(), b = new();
        XstreamMesh.Connect([a.Xstream, b.Xstream]);
        var call = new ProbeCall();

        a.Run(async () => Assert.Equal(DerCode.Success, await call.CallAsync(a.Xstream, a.Xstream)));

        Assert.Single(call.Served);
    }

    [Fact]
    public void Call_ThatThrows_AnswersMiscAndIsReported()
    {
        using Bench a = new(), b = new();
        XstreamMesh.Connect([a.Xstream, b.Xstream]);
        DerCode? code = null;
        var call = new ProbeCall { Failure = new InvalidOperationException("broken") };
        a.Start(async () => code = await call.CallAsync(a.Xstream, b.Xstream));

        RunAll(a, b);

        Assert.Equal(DerCode.Misc, code);
        Assert.Equal("broken", Assert.Single(b.Unhandled).Message);
    }

    [Fact]
    public void Call_MoreThanTheMailboxHolds_WaitAtHomeAndAllFinish()
    {
        using Bench a = new(), b = new();
        XstreamMesh.Connect([a.Xstream, b.Xstream]);
        const int count = 2000;
        int finished = 0;
        for (int i = 0; i < count; i++)
        {
            a.Start(async () =>
            {
                Assert.Equal(DerCode.Success, await new ProbeCall().CallAsync(a.Xstream, b.Xstream));
                finished++;
            });
            b.Start(async () =>
            {
                Assert.Equal(DerCode.Success, await new ProbeCall().CallAsync(b.Xstream, a.Xstream));
                finished++;
            });
        }

        RunAll(a, b);

        Assert.Equal(2 * count, finished);
    }

    [Fact]
    public void Call_Repeated_AllocatesNothing()
    {
        using Bench a = new(), b = new();
        XstreamMesh.Connect([a.Xstream, b.Xstream]);
        var loop = new CallLoop(a.Xstream, b.Xstream);
        loop.Run(a, b, 100);

        long before = GC.GetAllocatedBytesForCurrentThread();
        loop.Run(a, b, 1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1100, loop.Done);
    }

    [Fact]
    public void Call_BetweenTwoThreads_AllComeHomeAndSleepersAreWoken()
    {
        var threads = new List<OwnerLoopThread>();
        Xstream[] xstreams = [NewThreaded("left", threads), NewThreaded("right", threads)];
        XstreamMesh.Connect(xstreams);
        const int ults = 50;
        const int rounds = 400;
        using var done = new CountdownEvent(2 * ults);
        threads.ForEach(t => t.Start());
        for (int side = 0; side < 2; side++)
        {
            Xstream home = xstreams[side];
            Xstream other = xstreams[1 - side];
            for (int i = 0; i < ults; i++)
            {
                Assert.True(home.TryPost(new Start(home, () => CallOftenAsync(home, other, rounds, done))));
            }
        }

        Assert.True(done.Wait(TimeSpan.FromSeconds(60)), "calls were lost");

        // Both sleep now: a single call must wake first the one, then the other.
        using var late = new CountdownEvent(1);
        Assert.True(xstreams[0].TryPost(new Start(xstreams[0], () => CallOftenAsync(xstreams[0], xstreams[1], 200, late, pauseNs: 200_000))));
        Assert.True(late.Wait(TimeSpan.FromSeconds(60)), "a sleeper was not woken");
        threads.ForEach(t => t.StopAndJoin());
        Assert.All(xstreams, x => Assert.Null(x.LastUnhandled));
    }

    private static async ValueTask CallOftenAsync(Xstream home, Xstream other, int rounds, CountdownEvent done, long pauseNs = 0)
    {
        var call = new ProbeCall();
        for (int i = 0; i < rounds; i++)
        {
            DerCode code = await call.CallAsync(home, other);
            home.Assert();
            Assert.Equal(DerCode.Success, code);
            if (pauseNs > 0)
            {
                await home.SleepAsync(pauseNs);
            }
        }

        Assert.Equal(rounds, call.Served.Count);
        done.Signal();
    }

    private static Xstream NewThreaded(string name, List<OwnerLoopThread> threads)
    {
        var xstream = new Xstream(name, new TimerReactor(SystemClock.Instance), new XstreamOptions { Loop = new OwnerLoopOptions { SpinNs = 0 } });
        threads.Add(new OwnerLoopThread(xstream));
        return xstream;
    }

    private static void RunAll(Bench a, Bench b)
    {
        while (a.Xstream.RunTurn(0) + b.Xstream.RunTurn(0) > 0)
        {
        }
    }

    private sealed class ProbeCall : CrossCall
    {
        public List<string> Served { get; } = [];

        public DerCode Answer { get; init; }

        public Exception? Failure { get; init; }

        protected override async ValueTask<DerCode> ServeAsync(Xstream xstream)
        {
            xstream.Assert();
            Served.Add($"{xstream.Name}/{xstream.CurrentClass}");
            await xstream.YieldAsync();
            xstream.Assert();
            return Failure is null ? Answer : throw Failure;
        }

        protected override void Release()
        {
        }
    }

    private sealed class CallLoop(Xstream home, Xstream other) : CrossCall
    {
        public int Done { get; private set; }

        public void Run(Bench a, Bench b, int count)
        {
            for (int i = 0; i < count; i++)
            {
                using (home.Enter())
                {
                    home.Spawn(CallOnceAsync());
                }

                RunAll(a, b);
            }
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
        protected override async ValueTask<DerCode> ServeAsync(Xstream xstream)
        {
            await xstream.YieldAsync();
            return DerCode.Success;
        }

        protected override void Release()
        {
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask CallOnceAsync()
        {
            await CallAsync(home, other);
            Done++;
        }
    }

    private sealed class Start(OwnerLoop loop, Func<ValueTask> body) : WorkItem
    {
        protected override void Execute() => loop.Spawn(body());
    }
}
