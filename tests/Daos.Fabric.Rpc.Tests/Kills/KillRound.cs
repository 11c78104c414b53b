using System.Diagnostics;

namespace Daos.Fabric.Rpc.Tests.Kills;

/// <summary>
/// Two ranks of the test's process and some that are processes of their own, which are killed one after the other at moments that follow
/// from the seed. The ranks that live are driven in turn by the test's thread.
/// </summary>
internal sealed class KillRound : IDisposable
{
    internal static readonly Rank SurvivorRank = new(0);
    internal static readonly Rank ThirdRank = new(1);

    private const int Victims = 8;
    private const uint FirstVictim = 10;
    private const int TurnsMax = 100;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(40);

    // A call ends within its deadline; the rest is a machine that gives this thread no time.
    private const long SlackNs = 2_000_000_000;

    private readonly KillProvider _provider;
    private readonly string _directory = Directory.CreateTempSubdirectory("daos-kill-").FullName;
    private readonly SeededRandom _random;
    private readonly ulong _seed;
    private readonly KillRank _survivor;
    private readonly KillRank _third;
    private readonly List<Process> _processes = [];
    private readonly Dictionary<Rank, List<KillWork>> _work = [];

    internal KillRound(KillProvider provider, ulong seed)
    {
        _provider = provider;
        _seed = seed;
        _random = new SeededRandom(seed);
        string reactor = seed % 2 == 0 ? "uring" : "epoll";
        _survivor = new KillRank(provider, _directory, reactor, SurvivorRank.Value, seed);
        _third = new KillRank(provider, _directory, reactor, ThirdRank.Value, seed);
    }

    /// <summary>Operations of each kind that were under way when their peer was killed.</summary>
    internal Dictionary<KillKind, int> InTheMiddle { get; } = Enum.GetValues<KillKind>().ToDictionary(kind => kind, _ => 0);

    /// <summary>The slowest operation that a kill ended, in ns.</summary>
    internal long SlowestNs { get; private set; }

    internal int Kills { get; private set; }

    /// <summary>Plants a failure: called when the survivors work and nobody was killed yet.</summary>
    internal Action<KillRank>? Plant { get; init; }

    internal void Run()
    {
        StartVictims();
        Plant?.Invoke(_survivor);
        foreach (int victim in Enumerable.Range(0, Victims).OrderBy(_ => _random.NextUInt64()).ToArray())
        {
            Kill(victim);
        }

        // Whatever the network still holds would now be written into memory that was given back.
        Turn(1_000);
        RunUntil(() => IsAtRest(_survivor) && IsAtRest(_third), () => _survivor.DescribeLeaks() + _third.DescribeLeaks(), SlackNs);
        Check(_survivor);
        Check(_third);
    }

    public void Dispose()
    {
        foreach (Process process in _processes)
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            process.WaitForExit();
            process.Dispose();
        }

        KillRank[] ranks = [_survivor, _third];
        Array.ForEach(ranks, r => r.Context.Dispose());
        RunUntil(() => ranks.All(r => r.IsQuiet), () => "the end of all connections", (long)s_limit.TotalMilliseconds * 1_000_000);
        Array.ForEach(ranks, r => r.Dispose());
        Directory.Delete(_directory, recursive: true);

        // A listener's name in libfabric's shared memory stays when it is killed, until the next one of that name.
        Array.ForEach(Directory.GetFiles("/dev/shm", $"{Path.GetFileName(_directory)}-*"), File.Delete);
    }

    private static bool IsAtRest(KillRank rank) => rank.DescribeLeaks().Length == 0;

    private static void Check(KillRank rank)
    {
        rank.Service.Memory.Check();
        Assert.Equal("", rank.DescribeLeaks());
        Assert.Equal(0, rank.Service.WrongBytes);
    }

    private static Rank RankOf(int victim) => new(FirstVictim + (uint)victim);

    private void StartVictims()
    {
        for (int i = 0; i < Victims; i++)
        {
            _processes.Add(KillVictim.Start(_provider, _directory, RankOf(i).Value, version: 1, _seed + (ulong)i, _survivor, _third));
        }

        RunUntil(() => _survivor.Service.Met.Count == Victims, DescribeVictims, (long)s_limit.TotalMilliseconds * 1_000_000);
        _survivor.Meet(1, [_third.Member, .. _survivor.Service.Met]);
        _third.Meet(1, [_survivor.Member, .. _survivor.Service.Met]);
        for (int i = 0; i < Victims; i++)
        {
            Rank rank = RankOf(i);
            foreach (KillRank living in new[] { _survivor, _third })
            {
                living.Join(rank.Value, SurvivorRank, rank, ThirdRank);
            }

            _work[rank] = KillWork.All(_survivor, rank, ThirdRank);
            _work[rank].ForEach(work => _survivor.Spawn(work.RunAsync));
        }

        RunUntil(() => _work.Values.All(all => all.TrueForAll(w => w.Done >= 1 || w.IsOver)), DescribeWork, (long)s_limit.TotalMilliseconds * 1_000_000);
        Assert.All(_work.Values.SelectMany(all => all), w => Assert.True(!w.IsOver, $"{w.Name} failed with {w.Code} while everybody lived"));
    }

    private void Kill(int victim)
    {
        Turn(_random.Next(TurnsMax));
        List<KillWork> work = _work[RankOf(victim)];
        work.ForEach(w => InTheMiddle[w.Kind] += w.IsPending ? 1 : 0);
        _processes[victim].Kill();
        Kills++;
        RunUntil(() => work.TrueForAll(w => w.IsOver), DescribeWork, KillWork.DeadlineNs + SlackNs);
        foreach (KillWork ended in work)
        {
            Assert.True(IsTyped(ended.Code), $"{ended.Name} ended with {ended.Code}");
            Assert.True(ended.LastNs <= KillWork.DeadlineNs + SlackNs, $"{ended.Name} took {ended.LastNs / 1_000_000} ms");
            SlowestNs = Math.Max(SlowestNs, ended.LastNs);
        }
    }

    // What a caller may be told when a peer died; everything else would mean that somebody is guilty.
    private static bool IsTyped(DerCode code) =>
        code == DerCode.Unreachable || code == DerCode.TimedOut || code == DerCode.Canceled || code == DerCode.CorpcIncomplete || code == DerCode.NoPerm;

    private string DescribeWork() => string.Join("; ", _work.Values.SelectMany(all => all).OrderBy(w => w.Done).Select(w => $"{w.Name}: {w.Done} done, {w.Code}").Take(12));

    private string DescribeVictims() => string.Join("; ", _processes.Select(p => p.HasExited ? $"exit {p.ExitCode}: {p.StandardError.ReadToEnd()}" : "runs"));

    private void Turn(int turns)
    {
        for (int i = 0; i < turns; i++)
        {
            _survivor.Loop.RunTurn(0);
            _third.Loop.RunTurn(0);
        }
    }

    private void RunUntil(Func<bool> condition, Func<string> missing, long limitNs)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed.TotalNanoseconds > limitNs)
            {
                throw new TimeoutException($"{_provider.Name}, seed {_seed}: after {watch.ElapsedMilliseconds} ms there is still: {missing()}");
            }

            Turn(1);
        }
    }
}
