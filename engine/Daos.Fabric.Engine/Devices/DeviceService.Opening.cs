using Daos.Fabric.Store.Devices;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Engine.Devices;

/// <content>Shared devices: found by their identities at whichever path, taken into use, closed.</content>
internal sealed partial class DeviceService
{
    /// <summary>Closes the shared devices. No shard is open.</summary>
    public void CloseDevices()
    {
        foreach (OpenDevice open in _open.Values)
        {
            open.Device.Close();
        }

        _open.Clear();
    }

    /// <summary>For simulations, which free the memory of engines that crashed.</summary>
    internal IEnumerable<BlobDevice> OpenDevices => _open.Values.Select(static o => o.Device);

    // The devices of entries that are to serve; the others stay closed, so that they can be pulled. What keeps one from being opened is said by the caller.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<List<string>> OpenKnownAsync()
    {
        var failures = new List<string>();
        foreach ((int tier, string path) in SharedPaths().Where(p => _open.Values.All(o => o.Device.Path != p.Path)).ToArray())
        {
            (DerCode code, OpenDevice? open, string sentence) = await OpenAsync(path);
            if (code == DerCode.Busy || code == DerCode.NoPerm || code == DerCode.DfIncompt)
            {
                throw new DaosException(code, "start engine", path, sentence);
            }

            DeviceEntry? entry = Entries.FirstOrDefault(e => e.Tier == tier && e.Id == open?.Device.Id);
            if (open is null)
            {
                failures.Add(sentence);
            }
            else if (entry is { State: DeviceState.Normal or DeviceState.Setup } && !_open.ContainsKey(entry) && IsOurs(open))
            {
                _open.Add(entry, open);
            }
            else
            {
                failures.Add($"{path} is device {open.Device.Id} ({open.Device.Owner}), which is not in use here.");
                open.Device.Close();
            }
        }

        return failures;
    }

    // The first device of a place: formatted already and nobody's, or blank.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DeviceEntry> TakeFirstAsync(DevicePlace place)
    {
        var entry = new DeviceEntry(Guid.Empty, place.Tier, place.Targets) { Roles = place.Roles, Place = place };
        (DerCode code, OpenDevice? open, string sentence) = await TakeNewAsync(place.Path, entry);
        if (open is null)
        {
            throw new DaosException(code, "start engine", place.Path, sentence);
        }

        entry.Id = open.Device.Id;
        _open.Add(entry, open);
        return entry;
    }

    // Any path of the tier where something lies that can take the place of a device that is out.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<(DerCode Code, OpenDevice? Open, string Sentence)> FindReplacementAsync(DeviceEntry entry, bool keepsData, Guid wanted)
    {
        (DerCode Code, OpenDevice? Open, string Sentence) last = (DerCode.Nonexist, null, "No device is at the tier's paths.");
        Guid named = keepsData ? entry.Id : wanted;
        foreach ((int tier, string path) in SharedPaths().Where(p => p.Tier == entry.Tier && _open.Values.All(o => o.Device.Path != p.Path)).ToArray())
        {
            last = named == Guid.Empty ? await TakeNewAsync(path, entry) : await OpenNamedAsync(path, named);
            if (last.Open is { } open)
            {
                return !keepsData && named != Guid.Empty ? await ClaimAsync(open) : last;
            }
        }

        return named == Guid.Empty ? last : (DerCode.Nonexist, null, last.Sentence);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<(DerCode Code, OpenDevice? Open, string Sentence)> OpenNamedAsync(string path, Guid named)
    {
        (DerCode Code, OpenDevice? Open, string Sentence) found = await OpenAsync(path);
        if (found.Open is not { } open || open.Device.Id == named)
        {
            return found;
        }

        string sentence = $"{path} is device {open.Device.Id}, not {named}, which was asked for.";
        open.Device.Close();
        return (DerCode.Nonexist, null, sentence);
    }

    // Formats what is blank, and what the entry's own device was; takes what was formatted for nobody; refuses everything else.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<(DerCode Code, OpenDevice? Open, string Sentence)> TakeNewAsync(string path, DeviceEntry entry)
    {
        (DerCode Code, OpenDevice? Open, string Sentence) found = await OpenAsync(path);
        bool isBlank = found.Code == DerCode.DfInval;
        bool isFormer = found.Open is { } former && former.Device.Id == entry.Id && IsOurs(former);
        if (isBlank || isFormer)
        {
            found.Open?.Device.Close();
            var format = new DeviceFormatOptions
            {
                Path = path,
                Force = isFormer,
                Roles = (BlobRole)entry.Roles,
                Owner = OwnerOf(DeviceOwner.None),
                Random = engine.System.Random,
            };
            DerResult<Guid> made = await DeviceFormatter.RunAsync(engine.System.Xstream, format);
            found = made.IsSuccess ? await OpenAsync(path) : (made.Code, null, format.Report.LastError);
        }

        return found.Open is null ? found : await ClaimAsync(found.Open);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<(DerCode Code, OpenDevice? Open, string Sentence)> ClaimAsync(OpenDevice open)
    {
        BlobDevice device = open.Device;
        string? wrong = !IsOurs(open) && device.Owner.Storage != Guid.Empty ? $"it belongs to another engine ({device.Owner})"
            : Entries.Any(e => e.Id == device.Id) ? "it is in the table of devices already"
            : device.Blobs.Count > 0 ? $"it holds {device.Blobs.Count} blobs of pools"
            : null;
        if (wrong is not null)
        {
            device.Close();
            return (DerCode.Exists, null, $"{device.Path} is not taken into use: {wrong}. Format it with force if nothing on it is needed.");
        }

        DerCode code = await device.ClaimAsync(OwnerOf(device.Owner));
        if (code.IsError)
        {
            device.Close();
            return (code, null, open.Report.LastError);
        }

        return (code, open, "");
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<(DerCode Code, OpenDevice? Open, string Sentence)> OpenAsync(string path)
    {
        var report = new StoreReport();
        var health = new DeviceHealth();
        DerResult<BlobDevice> device = await BlobDevice.OpenAsync(
            engine.System.Xstream, new DeviceOpenOptions { Path = path, Health = health, Report = report });
        return device.IsSuccess
            ? (DerCode.Success, new OpenDevice(device.Value, health, report), "")
            : (device.Code, null, report.LastError);
    }

    private bool IsOurs(OpenDevice open) => open.Device.Owner.Storage == Records.StorageId;

    private DeviceOwner OwnerOf(DeviceOwner former) => former with
    {
        Rank = former.Rank == uint.MaxValue ? engine.Options.Rank.Value : former.Rank,
        Storage = Records.StorageId,
    };

    private IEnumerable<(int Tier, string Path)> SharedPaths() =>
        engine.Paths.Tiers.SelectMany(static (tier, index) => tier.Devices.Select(path => (index, path)));

    private void CloseDevice(DeviceEntry entry)
    {
        if (_open.Remove(entry, out OpenDevice? open))
        {
            open.Device.Close();
        }
    }
}
