using Daos.Fabric.Store.Media;
using Daos.Fabric.Xstreams.Waiting;

namespace Daos.Fabric.Engine.Devices;

/// <summary>
/// The device of one target as the target sees it: counts errors, stops serving at once when there were too many, and lets the system
/// xstream, which waits for it, do the rest. Owned by the target's xstream.
/// </summary>
internal sealed class TargetDevice(EngineXstream target)
{
    private readonly Eventual<DerCode> _event = new(target.Xstream);
    private DeviceCounters _earlier;
    private bool _isEnded;

    /// <summary>The device in place.</summary>
    public Guid Id { get; private set; }

    /// <summary>False from the moment on in which the device failed: requests are refused with DER_NVME_IO.</summary>
    public bool IsServing { get; private set; } = true;

    /// <summary>Counts for every shard on the device, since this engine started or the device came.</summary>
    public DeviceHealth Health { get; private set; } = new();

    /// <summary>Errors over the device's life.</summary>
    public DeviceCounters Errors => _earlier.Plus(DeviceCounters.Of(Health));

    /// <summary>A device is in place, perhaps one that does not serve. No shard is open.</summary>
    /// <param name="id">The device.</param>
    /// <param name="earlier">Its errors so far.</param>
    /// <param name="serves">Requests may come.</param>
    public void Attach(Guid id, in DeviceCounters earlier, bool serves)
    {
        Id = id;
        _earlier = earlier;
        Health = new DeviceHealth { OnError = Judge };
        IsServing = serves;
    }

    /// <summary>What was laid out on the device may be used now.</summary>
    public void Serve() => IsServing = true;

    /// <summary>No request from now on; the system knows why.</summary>
    public void StopServing() => IsServing = false;

    /// <summary>Why it failed last; for the log.</summary>
    public string FaultReason { get; private set; } = "";

    /// <summary>
    /// The device could not even be opened, or too many of its values were found corrupted: faulty, unless an operator is to decide about that.
    /// True when it is.
    /// </summary>
    /// <param name="why">For the log.</param>
    public bool TryFail(string why)
    {
        if (!target.Engine.Options.AutoFaulty.Enable)
        {
            return false;
        }

        Fail(why);
        return true;
    }

    /// <summary>
    /// A shard on the device stopped, because a write or flush that it needs failed: as in DAOS that is no matter of a limit. Faulty, unless an
    /// operator is to decide about that.
    /// </summary>
    public void NoteStopped()
    {
        if (IsServing)
        {
            _ = TryFail("a write or flush failed that a shard cannot do without");
        }
    }

    /// <summary>
    /// Waits until the device has failed: success, once for each failure; or the engine stops: DER_SHUTDOWN. One waiter.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> WaitForFaultAsync()
    {
        if (_isEnded)
        {
            return DerCode.Shutdown;
        }

        DerCode code = await _event.WaitAsync();
        _event.Reset();
        return code;
    }

    /// <summary>Ends the waiting for ever.</summary>
    public void EndWatch()
    {
        _isEnded = true;
        if (!_event.IsSet)
        {
            _event.Set(DerCode.Shutdown);
        }
    }

    private void Judge()
    {
        if (IsServing && target.Engine.Options.AutoFaulty.IsMetBy(Errors))
        {
            Fail("its limit of errors was passed");
        }
    }

    private void Fail(string why)
    {
        IsServing = false;
        FaultReason = why;
        if (!_event.IsSet)
        {
            _event.Set(DerCode.Success);
        }
    }
}
