using Daos.Fabric.Engine.Devices;

namespace Daos.Fabric.Engine;

/// <content>Devices, for whoever operates the engine. From any foreign thread while the engine runs; each call may answer DER_BUSY.</content>
public sealed partial class EngineServer
{
    /// <summary>All devices, in the order of tiers and targets.</summary>
    public Task<DerResult<DeviceInfo[]>> ListDevicesAsync() => AdminCall.RunAsync(Context.System.Xstream, Context.Devices.ListAsync);

    /// <summary>
    /// Takes a device out of use as if it had failed: its targets answer DER_NVME_IO until it is replaced. When the task ends nothing uses
    /// it. Success too when it was out already; DER_NONEXIST, or why its state cannot be stored.
    /// </summary>
    public Task<DerCode> SetDeviceFaultyAsync(Guid device) =>
        AdminCall.RunAsync(Context.System.Xstream, () => Context.Devices.SetFaultyAsync(device, "an operator said so"));

    /// <summary>
    /// Puts a new, empty device in the place of one that is out, and gives its identity; with <paramref name="keepsData"/> the same one with
    /// what it holds. DER_NONEXIST: no such device; DER_BUSY: it is in use; otherwise why it cannot be laid out: then it is out again.
    /// </summary>
    public Task<DerResult<Guid>> ReplaceDeviceAsync(Guid old, bool keepsData = false) =>
        AdminCall.RunAsync(Context.System.Xstream, () => Context.Devices.ReplaceAsync(old, keepsData));

    /// <summary>The device table: devices, and the blobs of pools on those that targets share. DER_NONEXIST: there is no such device.</summary>
    public Task<DerResult<SmdReport>> SmdQueryAsync(SmdQuery query) =>
        AdminCall.RunAsync(Context.System.Xstream, () => Context.Devices.QueryAsync(query));

    /// <summary>
    /// Sets a device faulty or replaces it, and gives the device that is in its place then; codes as <see cref="SetDeviceFaultyAsync"/> and
    /// <see cref="ReplaceDeviceAsync"/>.
    /// </summary>
    public Task<DerResult<Guid>> SmdManageAsync(SmdManage request) =>
        AdminCall.RunAsync(Context.System.Xstream, () => Context.Devices.ManageAsync(request));
}
