using Daos.Fabric.Xstreams.Waiting;

namespace Daos.Fabric.Engine.Devices;

/// <content>Watching: which devices fail by themselves, and how many errors they had.</content>
internal sealed partial class DeviceService
{
    private readonly Gate _watches = new(engine.System.Xstream);
    private DeviceMonitor? _monitor;

    /// <summary>Watches from now on. Called once everything that serves is open.</summary>
    public void Start()
    {
        foreach (DeviceEntry entry in Entries)
        {
            foreach (int target in entry.Targets)
            {
                Invariant.Check(_watches.TryEnter());
                engine.System.Xstream.Spawn(WatchAsync(engine.TargetXstream(target)));
            }
        }

        _monitor = new DeviceMonitor(engine.System.Xstream, CollectAsync);
        _monitor.Start();
    }

    /// <summary>Ends the watches and keeps the counters.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask StopAsync()
    {
        if (_monitor is null)
        {
            return;
        }

        await _monitor.StopAsync();
        await engine.OnTargetsAsync(EndWatch);
        await _watches.CloseAsync();
        await CollectAsync();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask WatchAsync(EngineXstream target)
    {
        Guid failed = Guid.Empty;
        string why = "";
        try
        {
            while ((await CallAsync(target.Target, WaitForFaultAsync)).IsSuccess)
            {
                // What fails here is in the log, and the target refuses requests whatever could be stored.
                _ = await SetFaultyAsync(failed, why);
            }
        }
        finally
        {
            _watches.Leave();
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
        async ValueTask<DerCode> WaitForFaultAsync(EngineXstream place)
        {
            DerCode code = await place.Device.WaitForFaultAsync();
            failed = place.Device.Id;
            why = place.Device.FaultReason;
            return code;
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask CollectAsync()
    {
        await engine.Directory.Changes.LockAsync();
        try
        {
            foreach (DeviceEntry entry in Entries)
            {
                DeviceCounters known = entry.Errors;
                await ReadErrorsAsync(entry);
                if (entry.Errors != known)
                {
                    // Only figures: when they cannot be stored, the next round tries again, and a failing system store tells itself.
                    _ = await Records.PutAsync(entry);
                }
            }
        }
        finally
        {
            engine.Directory.Changes.Unlock();
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ReadErrorsAsync(DeviceEntry entry)
    {
        var sum = default(DeviceCounters);
        foreach (int target in entry.Targets)
        {
            DeviceCounters errors = default;
            await CallAsync(target, t =>
            {
                errors = t.Device.Errors;
                return new ValueTask<DerCode>(DerCode.Success);
            });
            sum = sum.Plus(errors);
        }

        entry.Errors = sum;
    }

    private static ValueTask<DerCode> EndWatch(EngineXstream target)
    {
        target.Device.EndWatch();
        return new ValueTask<DerCode>(DerCode.Success);
    }
}
