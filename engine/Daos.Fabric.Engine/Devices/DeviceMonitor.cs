using Daos.Fabric.Xstreams.Waiting;

namespace Daos.Fabric.Engine.Devices;

/// <summary>Has the error counters of devices stored now and then. Owned by the system xstream.</summary>
internal sealed class DeviceMonitor(Xstream xstream, Func<ValueTask> collect) : TimerNode
{
    private bool _isStopped;
    private bool _isRunning;

    /// <summary>Begins; the first round is one interval away.</summary>
    public void Start() => xstream.Reactor.Timers.Arm(this, xstream.NowNs + Limits.DeviceMonitorIntervalNs);

    /// <summary>No further round begins; waits for one under way.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask StopAsync()
    {
        _isStopped = true;
        xstream.Reactor.Timers.Disarm(this);
        while (_isRunning)
        {
            await xstream.SleepAsync(Limits.QuietLookNs);
        }
    }

    /// <inheritdoc/>
    protected override void Expire()
    {
        _isRunning = true;
        xstream.Spawn(RunAsync());
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask RunAsync()
    {
        await collect();
        _isRunning = false;
        if (!_isStopped)
        {
            Start();
        }
    }
}
