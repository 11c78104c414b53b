using Daos.Fabric.Bench.Options;
using Daos.Fabric.Core.Time;

namespace Daos.Fabric.Bench.Running;

/// <summary>
/// When a job measures: the ramp, a mark, the measured part, its end; and the statistics of it. Owned by the thread that runs the
/// operations.
/// </summary>
/// <remarks>
/// Operations go on while the mark is taken (an engine in another process is asked over the wire) and are not counted until
/// <see cref="StartMeasuring"/>; the ones that are under way then count when they end, as fio does it.
/// </remarks>
internal sealed class Phase
{
    private readonly JobOptions _options;
    private readonly long _iosMax;
    private readonly long _rampEndNs;
    private bool _rampIsOver;
    private long _endNs;
    private long _allocatedMark;
    private int _untilPlant;

    /// <param name="options">The job.</param>
    /// <param name="stats">Filled from the mark on.</param>
    /// <param name="nowNs">When the ramp begins.</param>
    /// <param name="iosMax">Measured operations at most; 0 for no limit.</param>
    internal Phase(JobOptions options, JobStats stats, long nowNs, long iosMax = 0)
    {
        _options = options;
        _iosMax = iosMax;
        Stats = stats;
        _rampEndNs = nowNs + options.RampNs;
        _untilPlant = options.PlantedAllocation;
    }

    internal static IClock Clock => SystemClock.Instance;

    internal JobStats Stats { get; }

    /// <summary>True from the mark on.</summary>
    internal bool Measuring { get; private set; }

    /// <summary>True once no further operation is to be issued.</summary>
    internal bool Over { get; private set; }

    internal DerCode Failure { get; private set; }

    /// <summary>True once: for the operation that ends first after the ramp, whose slot takes the mark.</summary>
    internal bool EndsRamp(long nowNs)
    {
        if (Measuring || _rampIsOver || nowNs < _rampEndNs)
        {
            return false;
        }

        return _rampIsOver = true;
    }

    /// <summary>The mark was taken: what ends from here on counts.</summary>
    internal void StartMeasuring(long nowNs)
    {
        Measuring = true;
        Stats.StartNs = Stats.EndNs = nowNs;
        _endNs = _options.RuntimeNs > 0 ? nowNs + _options.RuntimeNs : long.MaxValue;
        _allocatedMark = GC.GetAllocatedBytesForCurrentThread();
    }

    /// <summary>True when an array is to be planted with this operation.</summary>
    internal bool IsPlantDue()
    {
        if (_options.PlantedAllocation == 0 || --_untilPlant > 0)
        {
            return false;
        }

        _untilPlant = _options.PlantedAllocation;
        return true;
    }

    /// <summary>Accounts for one completed operation.</summary>
    internal void Record(bool read, long startNs, long submitNs, long endNs, int bytes)
    {
        if (!Measuring || Over)
        {
            return;
        }

        if (_options.MeasuresLatency)
        {
            Stats.Of(read).Record(startNs, submitNs, endNs, bytes);
        }
        else
        {
            Stats.Of(read).Count(startNs, endNs, bytes);
        }

        Stats.EndNs = endNs;
        if (endNs >= _endNs || (_iosMax > 0 && Stats.TotalIos >= _iosMax))
        {
            End();
        }
    }

    internal void Fail(DerCode code)
    {
        if (Failure.IsSuccess)
        {
            Failure = code;
        }

        End();
    }

    /// <summary>Ends the phase; the thread's allocation figure covers the time from the mark to here.</summary>
    internal void End()
    {
        if (Over)
        {
            return;
        }

        Over = true;
        if (Measuring)
        {
            Stats.ClientAllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - _allocatedMark;
            Stats.Read.RuntimeNs = Stats.Write.RuntimeNs = Math.Max(1, Stats.EndNs - Stats.StartNs);
        }
    }
}
