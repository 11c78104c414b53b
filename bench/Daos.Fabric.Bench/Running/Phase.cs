using Daos.Fabric.Bench.Options;
using Daos.Fabric.Core.Time;

namespace Daos.Fabric.Bench.Running;

/// <summary>
/// The measured part of one job: when the ramp ends, when the job ends, and its statistics. Owned by the thread that runs the
/// operations.
/// </summary>
internal sealed class Phase
{
    private readonly JobOptions _options;
    private readonly long _rampEndNs;
    private readonly long _endNs;
    private long _allocatedMark;
    private int _untilPlant;

    internal Phase(JobOptions options, JobStats stats, long nowNs)
    {
        _options = options;
        Stats = stats;
        _rampEndNs = nowNs + options.RampNs;
        _endNs = options.RuntimeNs > 0 ? _rampEndNs + options.RuntimeNs : long.MaxValue;
        Measuring = options.RampNs == 0;
        stats.StartNs = nowNs;
        _untilPlant = options.PlantedAllocation;
        _allocatedMark = GC.GetAllocatedBytesForCurrentThread();
    }

    internal JobStats Stats { get; }

    /// <summary>True once the ramp is over.</summary>
    internal bool Measuring { get; private set; }

    /// <summary>True once no further operation is to be issued.</summary>
    internal bool Over { get; private set; }

    internal DerCode Failure { get; private set; }

    internal long FailedBlock { get; private set; }

    internal static IClock Clock => SystemClock.Instance;

    /// <summary>Accounts for one completed operation.</summary>
    internal void Record(bool read, long startNs, long endNs, int bytes)
    {
        if (!Measuring)
        {
            if (endNs < _rampEndNs)
            {
                return;
            }

            // The operation that crosses the mark is not counted: it began unmeasured.
            Measuring = true;
            Stats.StartNs = endNs;
            _allocatedMark = GC.GetAllocatedBytesForCurrentThread();
            return;
        }

        if (_options.PlantedAllocation > 0 && --_untilPlant <= 0)
        {
            _untilPlant = _options.PlantedAllocation;
            GC.KeepAlive(new byte[64]);
        }

        if (Over)
        {
            return;
        }

        Stats.Of(read).Record(startNs, endNs, bytes);
        Stats.EndNs = endNs;
        if (endNs >= _endNs || (_options.NumberOfIos > 0 && Stats.TotalIos >= _options.NumberOfIos))
        {
            End();
        }
    }

    internal void Fail(DerCode code, long block)
    {
        if (Failure.IsSuccess)
        {
            Failure = code;
            FailedBlock = block;
        }

        End();
    }

    /// <summary>Ends the phase; the allocation figure covers the time from the ramp's end to here.</summary>
    internal void End()
    {
        if (!Over)
        {
            Over = true;
            Stats.ClientAllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - _allocatedMark;
            Stats.Read.RuntimeNs = Stats.Write.RuntimeNs = Math.Max(1, Stats.EndNs - Stats.StartNs);
        }
    }
}
