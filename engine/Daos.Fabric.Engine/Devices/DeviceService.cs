using Daos.Fabric.Engine.Targets;

namespace Daos.Fabric.Engine.Devices;

/// <summary>
/// The table of devices and their state machine: faulty by too many errors or by hand, taken down, out, replaced, set up. Every step is
/// durable before the next. Changes are made under the directory's mutex. Owned by the system xstream.
/// </summary>
internal sealed partial class DeviceService(EngineContext engine)
{
    private readonly SortedDictionary<(int Tier, int First), DeviceEntry> _byPlace = [];

    /// <summary>Devices in the order of tiers and first targets.</summary>
    public IEnumerable<DeviceEntry> Entries => _byPlace.Values;

    private SystemRecords Records => engine.Directory.Records;

    /// <summary>
    /// Reads the table, adds a device for each place that has none yet, opens those that targets share, and tells the targets. Nothing else is open yet,
    /// so what a crash left faulty is out. Throws <see cref="DaosException"/>. Start-up only.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask LoadAsync()
    {
        Records.Load(RecordKind.Device, (key, bytes) => Add(DeviceEntry.Read(key, bytes)
            ?? throw new DaosException(DerCode.DfInval, "start engine", engine.Options.Path, "the record of a device is damaged")));
        await FillPlacesAsync();
        foreach (DeviceEntry entry in Entries.Where(static e => e.State is DeviceState.Faulty or DeviceState.Teardown))
        {
            Require(await EnterAsync(entry, DeviceState.Out), entry);
        }

        await OpenSharedAsync();
        foreach (DeviceEntry entry in Entries)
        {
            if (entry.State != DeviceState.Normal)
            {
                engine.Log($"device {entry.Id} of {TargetsOf(entry)} is {NameOf(entry.State)}: the engine starts without it");
            }

            await OnTargetsOfAsync(entry, target => Attach(target, entry, entry.State == DeviceState.Normal));
        }
    }

    // Every place has a record afterwards, and every record a place.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask FillPlacesAsync()
    {
        foreach (DevicePlace place in DevicePlace.Of(engine.Paths, engine.TargetCount))
        {
            if (place.Targets.Count == 0)
            {
                throw Mismatch($"{place.Path} would serve no target: there are more devices in its tier than the {engine.TargetCount} targets");
            }

            if (!_byPlace.TryGetValue((place.Tier, place.Targets[0]), out DeviceEntry? entry))
            {
                entry = place.IsShared
                    ? await TakeFirstAsync(place)
                    : new DeviceEntry(engine.System.Random.NextGuid(), place.Tier, place.Targets) { Roles = place.Roles };
                Add(entry);
                Require(await EnterAsync(entry, DeviceState.Normal), entry);
            }

            if (!entry.Targets.SequenceEqual(place.Targets) || entry.Roles != place.Roles)
            {
                throw Mismatch($"{place.Path} was formatted for {TargetsOf(entry)} with the roles {entry.Roles}, not for {string.Join(", ", place.Targets)} with {place.Roles}; give the tiers the roles and as many devices as they were formatted with");
            }

            entry.Place = place;
        }

        if (Entries.FirstOrDefault(static e => e.Place is null) is { } left)
        {
            throw Mismatch($"device {left.Id} of {TargetsOf(left)} has no place in the tiers; give them as many devices as they were formatted with");
        }
    }

    // A device that is not there is one that failed: the others serve, unless an operator is to decide.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask OpenSharedAsync()
    {
        List<string> failures = await OpenKnownAsync();
        foreach (DeviceEntry entry in Entries.Where(e => e.Place.IsShared && e.State is DeviceState.Normal or DeviceState.Setup && !_open.ContainsKey(e)))
        {
            string why = $"device {entry.Id} of {TargetsOf(entry)} is at none of its tier's paths: {string.Join(" ", failures)}";
            if (!engine.Options.AutoFaulty.Enable)
            {
                throw new DaosException(DerCode.Nonexist, "start engine", entry.Place.Path, why);
            }

            Require(await EnterAsync(entry, DeviceState.Faulty), entry);
            Require(await EnterAsync(entry, DeviceState.Out), entry);
            engine.Log(why);
        }
    }

    private DaosException Mismatch(string sentence) => new(DerCode.Mismatch, "start engine", engine.Options.Path, sentence);

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
            OpenDevice? open = _open.GetValueOrDefault(entry);
            var info = new DeviceInfo(entry.Id, entry.State, entry.Roles, entry.Targets, TableErrorsOf(entry), entry.Replaced, entry.ChangedUnixNs)
            {
                Tier = entry.Tier,
                Path = open?.Device.Path ?? (entry.Place.IsShared ? "" : entry.Place.Path),
                TotalBytes = open?.Device.TotalBytes ?? 0,
                FreeBytes = open?.Device.FreeBytes ?? 0,
            };
            DerCode code = await OnTargetsOfAsync(entry, target =>
            {
                info = Observe(target, entry.Tier, info);
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
        await OnTargetsOfAsync(entry, target => StopServing(target, entry.Tier));
        await ReadErrorsAsync(entry);
        DerCode code = await EnterAsync(entry, DeviceState.Faulty);
        if (code.IsSuccess)
        {
            engine.Log($"device {entry.Id} of {TargetsOf(entry)} is FAULTY: {why}; {Describe(entry.Errors)}. Requests to it are refused.");
            code = await EnterAsync(entry, DeviceState.Teardown);
        }

        // Whether that could be written or not: what does not serve must not write.
        await OnTargetsOfAsync(entry, CloseShardsAsync);
        CloseDevice(entry);
        code = code.IsSuccess ? await EnterAsync(entry, DeviceState.Out) : code;
        engine.Log(code.IsSuccess
            ? $"device {entry.Id} of {TargetsOf(entry)} is OUT: nothing uses it; replace it, or put it back as it is"
            : $"device {entry.Id} of {TargetsOf(entry)} does not serve, but its state cannot be stored: {code.Text}");
        return code;
    }

    private static DeviceInfo Observe(EngineXstream target, int tier, DeviceInfo info) => info with
    {
        Errors = info.Errors.Plus(target.Device.PartOf(tier).Errors),
        Reads = info.Reads.Plus(target.Device.PartOf(tier).Health.Reads),
        Writes = info.Writes.Plus(target.Device.PartOf(tier).Health.Writes),
        Flushes = info.Flushes.Plus(target.Device.PartOf(tier).Health.Flushes),
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
        DeviceCounters earlier = target.Target == entry.Targets[0] ? entry.Errors : default;
        target.Device.Attach(new DevicePart(entry.Tier, entry.Roles, entry.Id, earlier, entry.Targets.Count > 1), serves);
        return new ValueTask<DerCode>(DerCode.Success);
    }

    private static ValueTask<DerCode> StopServing(EngineXstream target, int tier)
    {
        target.Device.StopServing(tier);
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

    private void Add(DeviceEntry entry) => _byPlace[(entry.Tier, entry.Targets[0])] = entry;

    private void Require(DerCode code, DeviceEntry entry)
    {
        if (code.IsError)
        {
            throw new DaosException(code, "start engine", engine.Options.Path, $"the state of device {entry.Id} cannot be stored");
        }
    }
}
