namespace Daos.Fabric.Bench.Running;

/// <summary>What one job did in one direction. Owned by the thread that runs the job; merged after it ended.</summary>
internal sealed class DirectionStats
{
    private const long SampleNs = 500_000_000;

    private long _sampleStartNs = -1;
    private long _sampleBytes;
    private long _sampleIos;

    /// <summary>From the decision to submit until the operation was handed over, in ns; empty where nothing is handed over.</summary>
    internal SampleStats Submission { get; } = new();

    /// <summary>From there to the completion.</summary>
    internal Histogram Completion { get; } = new();

    /// <summary>Both together.</summary>
    internal Histogram Total { get; } = new();

    internal long Ios { get; private set; }

    internal long Bytes { get; private set; }

    internal long RuntimeNs { get; set; }

    /// <summary>Bandwidth in KiB/s, one value per half second.</summary>
    internal SampleStats Bandwidth { get; } = new();

    /// <summary>Operations per second, one value per half second.</summary>
    internal SampleStats Iops { get; } = new();

    /// <summary>Counts an operation; one that was not handed over has submitNs equal to startNs.</summary>
    internal void Record(long startNs, long submitNs, long endNs, long bytes)
    {
        Total.Record(endNs - startNs);
        Completion.Record(endNs - submitNs);
        if (submitNs != startNs)
        {
            Submission.Add(submitNs - startNs);
        }

        Count(startNs, endNs, bytes);
    }

    /// <summary>Counts an operation whose times mean nothing by themselves.</summary>
    internal void Count(long startNs, long endNs, long bytes)
    {
        Ios++;
        Bytes += bytes;
        Sample(startNs, endNs, bytes);
    }

    internal void Reset()
    {
        Submission.Reset();
        Completion.Reset();
        Total.Reset();
        Bandwidth.Reset();
        Iops.Reset();
        Ios = Bytes = RuntimeNs = 0;
        _sampleStartNs = -1;
        _sampleBytes = _sampleIos = 0;
    }

    internal void Merge(DirectionStats other)
    {
        Submission.Merge(other.Submission);
        Completion.Merge(other.Completion);
        Total.Merge(other.Total);
        Bandwidth.Merge(other.Bandwidth);
        Iops.Merge(other.Iops);
        Ios += other.Ios;
        Bytes += other.Bytes;
        RuntimeNs = Math.Max(RuntimeNs, other.RuntimeNs);
    }

    private void Sample(long startNs, long endNs, long bytes)
    {
        if (_sampleStartNs < 0)
        {
            _sampleStartNs = startNs;
        }

        _sampleBytes += bytes;
        _sampleIos++;
        long elapsedNs = endNs - _sampleStartNs;
        if (elapsedNs >= SampleNs)
        {
            Bandwidth.Add(_sampleBytes / 1024.0 / (elapsedNs / 1e9));
            Iops.Add(_sampleIos / (elapsedNs / 1e9));
            _sampleStartNs = endNs;
            _sampleBytes = _sampleIos = 0;
        }
    }
}

/// <summary>Minimum, maximum, mean and deviation of samples. Owned by one thread.</summary>
internal sealed class SampleStats
{
    private double _sum;
    private double _squares;

    internal int Count { get; private set; }

    internal double Min { get; private set; }

    internal double Max { get; private set; }

    internal double Mean => Count == 0 ? 0 : _sum / Count;

    internal double Deviation => Count == 0 ? 0 : Math.Sqrt(Math.Max(0, (_squares / Count) - (Mean * Mean)));

    internal void Add(double value)
    {
        Min = Count == 0 ? value : Math.Min(Min, value);
        Max = Math.Max(Max, value);
        _sum += value;
        _squares += value * value;
        Count++;
    }

    internal void Merge(SampleStats other)
    {
        if (other.Count == 0)
        {
            return;
        }

        Min = Count == 0 ? other.Min : Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
        _sum += other._sum;
        _squares += other._squares;
        Count += other.Count;
    }

    internal void Reset()
    {
        _sum = _squares = Min = Max = 0;
        Count = 0;
    }
}
