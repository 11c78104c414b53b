using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Daos.Fabric.TestKit.Runs;

/// <summary>
/// A test made of units that each follow from one seed: base seed, base seed + 1 and so on, so many as the tier says. At T1 the units are
/// done in parts: a part ends with the time budget, the next one goes on behind its last unit, and the identifier's line is the sum of all.
/// A failure names the seed of its unit and the command that runs that unit first. One thread.
/// </summary>
public sealed class SeededRun
{
    private readonly string _id;
    private readonly string _method;
    private readonly Action<string> _write;
    private readonly SeededRunOptions _options;
    private readonly ulong _seed;
    private readonly RunState _state;
    private readonly long _size;

    /// <param name="id">What the test stands for: the value of its trait Id.</param>
    /// <param name="name">Tells runs of one identifier apart; part of a file's name.</param>
    /// <param name="t0">Units at every commit.</param>
    /// <param name="t1">Units of the long run.</param>
    /// <param name="write">Takes the identifier's line, usually the test's output.</param>
    /// <param name="seed">Base seed when none was asked for.</param>
    /// <param name="method">The test method, for the replay command.</param>
    public SeededRun(string id, string name, int t0, int t1, Action<string> write, ulong seed = 1, [CallerMemberName] string method = "")
        : this(new SeededRunOptions(), id, name, t0, t1, write, seed, method)
    {
    }

    internal SeededRun(SeededRunOptions options, string id, string name, int t0, int t1, Action<string> write, ulong seed, string method)
    {
        _options = options;
        _id = id;
        _method = method;
        _write = write;
        _seed = options.Seed ?? seed;
        _size = options.Tier == TestTier.T1 ? t1 : t0;
        _state = RunState.Load(options.Tier == TestTier.T1 ? options.StateDirectory : null, $"{id}-{name}", _seed);
    }

    /// <summary>Sums of all parts, after a run.</summary>
    public RunCounts Counts => _state.Sum();

    /// <summary>Units done in all parts.</summary>
    public long Units => _state.Done;

    /// <summary>True when every unit was done: totals over all units can be judged.</summary>
    public bool IsComplete => _state.Done >= _size;

    /// <summary>Runs units until all are done or the time is up; writes the identifier's line.</summary>
    /// <param name="unit">Does one unit from its seed; what it counts is kept when it passes.</param>
    public void Run(Action<ulong, RunCounts> unit) =>
        RunAsync((seed, counts) =>
        {
            unit(seed, counts);
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();

    /// <summary>The same for units that await.</summary>
    /// <param name="unit">Does one unit from its seed.</param>
    public async Task RunAsync(Func<ulong, RunCounts, Task> unit)
    {
        long from = _state.Done;
        var counts = new RunCounts();
        long started = Stopwatch.GetTimestamp();
        long saved = started;
        try
        {
            // Every part gets on, however little time it has.
            while (!IsComplete && (_state.Done == from || !_options.IsTimeUp()))
            {
                await RunUnitAsync(unit, _seed + (ulong)_state.Done, counts).ConfigureAwait(false);
                Keep(from, _state.Done + 1, counts, Stopwatch.GetElapsedTime(started));
                if (Stopwatch.GetElapsedTime(saved) > TimeSpan.FromSeconds(1))
                {
                    _state.Save(_seed);
                    saved = Stopwatch.GetTimestamp();
                }
            }
        }
        finally
        {
            _state.Save(_seed);
            _write(Line());
        }
    }

    private async Task RunUnitAsync(Func<ulong, RunCounts, Task> unit, ulong seed, RunCounts counts)
    {
        var own = new RunCounts();
        try
        {
            await unit(seed, own).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            string replay = string.Create(CultureInfo.InvariantCulture, $"replay: ./test.sh --id {_id} --method '*.{_method}' --seed {seed}");
            throw new SeededRunException($"{_id}: seed {seed} failed: {exception.Message}{Environment.NewLine}{replay}", exception);
        }

        counts.Add(own);
    }

    private void Keep(long from, long to, RunCounts counts, TimeSpan elapsed)
    {
        if (_state.Parts.Count > 0 && _state.Parts[^1].From == from)
        {
            _state.Parts.RemoveAt(_state.Parts.Count - 1);
        }

        _state.Parts.Add(new RunPart(from, to, elapsed.TotalSeconds, [.. counts.Names.Select(name => KeyValuePair.Create(name, counts[name]))]));
    }

    private string Line()
    {
        RunCounts sum = _state.Sum();
        sum.Add("seeds", _state.Done);
        if (_options.Tier == TestTier.T1)
        {
            sum.Add("parts", _state.Parts.Count);
        }

        if (!IsComplete)
        {
            sum.Add("left", _size - _state.Done);
        }

        return $"{_id}: {sum}";
    }
}
