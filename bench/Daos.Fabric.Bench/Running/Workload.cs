using Daos.Fabric.Bench.Options;

namespace Daos.Fabric.Bench.Running;

/// <summary>
/// Decides a job's next operation and when it ends. Owned by one thread; with submit=app each caller has its own, over the same
/// blocks with another seed.
/// </summary>
internal sealed class Workload
{
    private readonly JobOptions _options;
    private readonly SeededRandom _random;
    private readonly BlockSequence _blocks;
    private readonly long _issueMax;
    private long _issued;

    internal Workload(JobOptions options, ulong seed, int share = 1)
    {
        _options = options;
        _random = new SeededRandom(seed);
        _blocks = new BlockSequence(options.Blocks, options.Pattern.IsRandom(), options.NoRandomMap, _random.Fork());
        long whole = options.NumberOfIos > 0 ? long.MaxValue : options.TimeBased ? long.MaxValue : options.Blocks;
        _issueMax = whole == long.MaxValue ? whole : (whole + share - 1) / share;
    }

    /// <summary>False when everything was issued.</summary>
    internal bool TryNext(out bool read, out long block)
    {
        read = !_options.Pattern.Writes() || (_options.Pattern.IsMixed() && _random.Next(100) < _options.ReadPercent);
        block = 0;
        if (_issued >= _issueMax)
        {
            return false;
        }

        _issued++;
        block = _blocks.Next();
        return true;
    }
}
