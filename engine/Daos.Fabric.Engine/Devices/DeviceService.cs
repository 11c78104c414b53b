using Daos.Fabric.Engine.Targets;

namespace Daos.Fabric.Engine.Devices;

/// <summary>
/// The table of devices and their state machine: faulty by too many errors or by hand, taken down, out, replaced, set up. Every step is
/// durable before the next. Changes are made under the directory's mutex. Owned by the system xstream.
/// </summary>
internal sealed partial class DeviceService(EngineContext engine)
{
    private readonly SortedDictionary<int, DeviceEntry> _byTarget = [];

    /// <summary>Devices in the order of their first targets.</summary>
    public IEnumerable<DeviceEntry> Entries => _byTarget.Values.DistinctBy(e => e.Key);

    private SystemRecords Records => engine.Directory.Records;

    /// <summary>
    /// Reads the table, adds a device for each target that has none yet, and tells the targets. Nothing is open yet, so what a crash left
    /// faulty is out. Throws <see cref="DaosException"/>. Start-up only.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask LoadAsync()
    {
        Records.Load(RecordKind.Device, (key, bytes) => Add(DeviceEntry.Read(key, bytes)
            ?? throw new DaosException(DerCode.DfInval, "start engine", engine.Options.Path, "the record of a device is damaged")));
        for (int target = 0; target < engine.TargetCount; target++)
        {
            if (!_byTarget.ContainsKey(target))
            {
                var entry = new DeviceEntry(engine.System.Random.NextGuid(), [target]);
                Add(entry);
                Require(await EnterAsync(entry, DeviceState.Normal), entry);
            }
        }

        foreach (DeviceEntry entry in Entries)
        {
            if (entry.State is DeviceState.Faulty or DeviceState.Teardown)
            {
                Require(await EnterAsync(entry, DeviceState.Out), entry);
            }

            if (entry.State != DeviceState.Normal)
            {
                engine.Log($"device {entry.Id} of {TargetsOf(entry)} is {NameOf(entry.State)}: the engine starts without it");
            }

            await OnTargetsOfAsync(entry, target => Attach(target, entry, entry.State == DeviceState.Normal));
        }
    }

    /// <summary>
    /// Takes a device out of use: its targets answer DER_NVME_IO, and when the call ends nothing uses it any more. Success too when it
    /// was not in use. DER_NONEXIST: no such device.
    /// </summary>
    /// <param name="id">The device.</param>
    /// <param name="why">For the log.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> SetFaultyAsync(Guid id, string why)
    {
        await engine.Directory.Changes.LockAsync();
        try
        {
            DeviceEntry? entry = Find(id);
            return entry is null ? DerCode.Nonexist
                : entry.State == DeviceState.Normal ? await TakeOutAsync(entry, why)
                : DerCode.Success;
        }
        finally
        {
            engine.Directory.Changes.Unlock();
        }
    }

    /// <summary>What is known of every device.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<DeviceInfo[]>> ListAsync()
    {
        var devices = new List<DeviceInfo>();
        foreach (DeviceEntry entry in Entries)
        {
            var info = new DeviceInfo(entry.Id, entry.State, entry.Roles, entry.Targets, default, entry.Replaced, entry.ChangedUnixNs);
            DerCode code = await OnTargetsOfAsync(entry, target =>
            {
                info = Observe(target, info);
                return new ValueTask<DerCode>(DerCode.Success);
            });
            if (code.IsError)
            {
                return code;
            }

            devices.Add(info);
        }

        return devices.ToArray();
    }

    internal static string NameOf(DeviceState state) => state.ToString().ToUpperInvariant();

    private static string TargetsOf(DeviceEntry entry) =>
        (entry.Targets.Count == 1 ? "target " : "targets ") + string.Join(", ", entry.Targets);

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> TakeOutAsync(DeviceEntry entry, string why)
    {
        // Refused first, then written: a request that came in between would be one that the operator was told cannot be.
        await OnTargetsOfAsync(entry, StopServing);
        await ReadErrorsAsync(entry);
        DerCode code = await EnterAsync(entry, DeviceState.Faulty);
        if (code.IsSuccess)
        {
            engine.Log($"device {entry.Id} of {TargetsOf(entry)} is FAULTY: {why}; {Describe(entry.Errors)}. Requests to it are refused.");
            code = await EnterAsync(entry, DeviceState.Teardown);
        }

        // Whether that could be written or not: what does not serve must not write.
        await OnTargetsOfAsync(entry, CloseShardsAsync);
        code = code.IsSuccess ? await EnterAsync(entry, DeviceState.Out) : code;
        engine.Log(code.IsSuccess
            ? $"device {entry.Id} of {TargetsOf(entry)} is OUT: nothing uses it; replace it, or put it back as it is"
            : $"device {entry.Id} of {TargetsOf(entry)} does not serve, but its state cannot be stored: {code.Text}");
        return code;
    }

    private static DeviceInfo Observe(EngineXstream target, DeviceInfo info) => info with
    {
        Errors = info.Errors.Plus(target.Device.Errors),
        Reads = info.Reads.Plus(target.Device.Health.Reads),
        Writes = info.Writes.Plus(target.Device.Health.Writes),
        Flushes = info.Flushes.Plus(target.Device.Health.Flushes),
        StoppedShards = info.StoppedShards + target.Shards.InOrder().Count(static s => s.Store.State == DerCode.Io),
    };

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> EnterAsync(DeviceEntry entry, DeviceState state)
    {
        DeviceState former = entry.State;
        entry.State = state;
        entry.ChangedUnixNs = engine.System.Xstream.Clock.UnixNs;
        DerCode code = await Records.PutAsync(entry);
        entry.State = code.IsSuccess ? state : former;
        return code;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> OnTargetsOfAsync(DeviceEntry entry, Func<EngineXstream, ValueTask<DerCode>> work)
    {
        DerCode first = DerCode.Success;
        foreach (int target in entry.Targets)
        {
            DerCode code = await CallAsync(target, work);
            first = first.IsError ? first : code;
        }

        return first;
    }

    private ValueTask<DerCode> CallAsync(int target, Func<EngineXstream, ValueTask<DerCode>> work)
    {
        EngineXstream xstream = engine.TargetXstream(target);
        return new WorkCall(xstream, work).CallAsync(engine.System.Xstream, xstream.Xstream);
    }

    // The errors so far count where they were met when there is one target; of several the first takes them over.
    private static ValueTask<DerCode> Attach(EngineXstream target, DeviceEntry entry, bool serves)
    {
        target.Device.Attach(entry.Id, target.Target == entry.Targets[0] ? entry.Errors : default, serves);
        return new ValueTask<DerCode>(DerCode.Success);
    }

    private static ValueTask<DerCode> StopServing(EngineXstream target)
    {
        target.Device.StopServing();
        return new ValueTask<DerCode>(DerCode.Success);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> CloseShardsAsync(EngineXstream target)
    {
        foreach (PoolShard shard in target.Shards.InOrder())
        {
            shard.Store.Stop("its device is faulty");
            await ShardLifecycle.CloseAsync(target, shard.Pool);
        }

        return DerCode.Success;
    }

    private static string Describe(in DeviceCounters errors) =>
        $"{errors.ReadErrors} failed reads, {errors.WriteErrors} writes, {errors.FlushErrors} flushes, {errors.ChecksumErrors} checksum errors";

    private DeviceEntry? Find(Guid id) => Entries.FirstOrDefault(e => e.Id == id);

    private void Add(DeviceEntry entry)
    {
        foreach (int target in entry.Targets)
        {
            _byTarget[target] = entry;
        }
    }

    private void Require(DerCode code, DeviceEntry entry)
    {
        if (code.IsError)
        {
            throw new DaosException(code, "start engine", engine.Options.Path, $"the state of device {entry.Id} cannot be stored");
        }
    }
}
