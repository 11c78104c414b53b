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
        for (int target = 0; target < engine.TargetCount; target++)
        {
            Invariant.Check(_watches.TryEnter());
            engine.System.Xstream.Spawn(WatchAsync(engine.TargetXstream(target)));
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
        IReadOnlyList<(Guid Id, string Why)> news = [];
        try
        {
            while ((await CallAsync(target.Target, WaitForNewsAsync)).IsSuccess)
            {
                foreach ((Guid id, string why) in news)
                {
                    // What fails here is in the log, and the target refuses requests whatever could be stored.
                    _ = why.Length > 0 ? await SetFaultyAsync(id, why) : await JudgeAsync(id);
                }
            }
        }
        finally
        {
            _watches.Leave();
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
        async ValueTask<DerCode> WaitForNewsAsync(EngineXstream place)
        {
            DerCode code = await place.Device.WaitForNewsAsync();
            news = place.Device.TakeNews();
            return code;
        }
    }

    // One target met errors of a device that others use too: the limit is about all of them.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> JudgeAsync(Guid id)
    {
        if (Find(id) is not { State: DeviceState.Normal } entry)
        {
            return DerCode.Nonexist;
        }

        DeviceCounters errors = await SumErrorsAsync(entry);
        return engine.Options.AutoFaulty.IsMetBy(errors) ? await SetFaultyAsync(id, "its limit of errors was passed") : DerCode.Success;
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
    private async ValueTask ReadErrorsAsync(DeviceEntry entry) => entry.Errors = await SumErrorsAsync(entry);

    private DeviceCounters TableErrorsOf(DeviceEntry entry) =>
        _open.TryGetValue(entry, out OpenDevice? open) ? DeviceCounters.Of(open.Health) : default;

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DeviceCounters> SumErrorsAsync(DeviceEntry entry)
    {
        DeviceCounters sum = TableErrorsOf(entry);
        foreach (int target in entry.Targets)
        {
            DeviceCounters errors = default;
            await CallAsync(target, t =>
            {
                errors = t.Device.PartOf(entry.Tier).Errors;
                return new ValueTask<DerCode>(DerCode.Success);
            });
            sum = sum.Plus(errors);
        }

        return sum;
    }

    private static ValueTask<DerCode> EndWatch(EngineXstream target)
    {
        target.Device.EndWatch();
        return new ValueTask<DerCode>(DerCode.Success);
    }
}
