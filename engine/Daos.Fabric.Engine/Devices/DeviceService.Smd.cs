using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Engine.Devices;

/// <content>The table as a control plane asks for it.</content>
internal sealed partial class DeviceService
{
    /// <summary>Devices and pools; DER_NONEXIST when the one that was asked for is not there.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<SmdReport>> QueryAsync(SmdQuery query)
    {
        if (query.Device != Guid.Empty && Find(query.Device) is null)
        {
            return DerCode.Nonexist;
        }

        DerResult<DeviceInfo[]> devices = query.OmitDevices ? Array.Empty<DeviceInfo>() : await ListAsync();
        return devices.IsSuccess
            ? new SmdReport(
                engine.Options.Rank,
                [.. devices.Value.Where(d => query.Device == Guid.Empty || d.Id == query.Device)],
                query.OmitPools ? [] : ListPools(query.Device))
            : devices.Code;
    }

    /// <summary>Sets faulty, or replaces; the device that is in the place afterwards. Codes as the calls that do it.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<Guid>> ManageAsync(SmdManage request)
    {
        if (request.Operation == SmdOperation.Replace)
        {
            return await ReplaceAsync(request.Device, request.NewDevice == request.Device, request.NewDevice);
        }

        DerCode code = await SetFaultyAsync(request.Device, "an operator said so");
        return code.IsSuccess ? request.Device : code;
    }

    private SmdPool[] ListPools(Guid device)
    {
        var lines = OpenOnes
            .Where(o => device == Guid.Empty || o.Entry.Id == device)
            .SelectMany(static o => o.Open.Device.Blobs.Select(b => (Device: o.Entry.Id, Blob: b)))
            .OrderBy(static l => l.Blob.Tag.Target)
            .ThenBy(static l => l.Blob.Tag.Role)
            .ToLookup(static l => l.Blob.Tag.Pool);
        return
        [
            .. lines.OrderBy(static p => p.Key).Select(static p => new SmdPool(
                p.Key,
                [.. p.Select(static l => l.Blob.Tag.Target)],
                [.. p.Select(static l => l.Device)],
                [.. p.Select(static l => (DeviceRoles)l.Blob.Tag.Role)],
                [.. p.Select(static l => l.Blob.Id)])),
        ];
    }
}
