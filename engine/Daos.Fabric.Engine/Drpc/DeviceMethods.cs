using Daos.Fabric.Engine.Devices;
using Daos.Fabric.Protocol.Drpc;
using Daos.Fabric.Protocol.Drpc.Messages;
using SmdPool = Daos.Fabric.Protocol.Drpc.Messages.SmdPool;

namespace Daos.Fabric.Engine.Drpc;

/// <summary>The methods about devices and what lies on them, over the engine's table of devices. As <see cref="ManagementModule"/>.</summary>
internal sealed class DeviceMethods(EngineServer engine)
{
    internal Task<DrpcReply> HandleAsync(DrpcCall call) => call.Method switch
    {
        DrpcMethods.SmdListDevices => ListDevicesAsync(),
        DrpcMethods.SmdListPools => ListPoolsAsync(),
        DrpcMethods.BioHealthQuery => OnDeviceAsync(call, QueryHealthAsync),
        DrpcMethods.DeviceSetFaulty => OnDeviceAsync(call, SetFaultyAsync),
        DrpcMethods.DeviceReplace => OnDeviceAsync(call, ReplaceAsync),
        _ => Task.FromResult(new DrpcReply(DrpcStatus.UnknownMethod)),
    };

    private static Task<DrpcReply> OnDeviceAsync(DrpcCall call, Func<DeviceRequest, Task<DrpcReply>> work) =>
        DeviceRequest.TryRead(call.Body.Span, out DeviceRequest request) ? work(request) : ManagementModule.Malformed();

    private async Task<DrpcReply> ListDevicesAsync()
    {
        DerResult<DeviceInfo[]> devices = await engine.ListDevicesAsync().ConfigureAwait(false);
        return Devices(devices.Code, devices.IsSuccess ? devices.Value : []);
    }

    private async Task<DrpcReply> ListPoolsAsync()
    {
        DerResult<PoolTargets[]> pools = await engine.ListPoolTargetsAsync().ConfigureAwait(false);
        SmdPool[] list = pools.IsSuccess ? [.. pools.Value.Select(static p => new SmdPool(p.Pool.Value, p.Targets))] : [];
        return DrpcReply.Of(new SmdListResponse<SmdPool>(pools.Code, list).Write(static p => p.Write()));
    }

    private async Task<DrpcReply> QueryHealthAsync(DeviceRequest request)
    {
        DerResult<DeviceInfo> found = await FindAsync(request.Id).ConfigureAwait(false);
        if (!found.IsSuccess)
        {
            return DrpcReply.Of(new BioHealthResponse(found.Code).Write());
        }

        DeviceCounters errors = found.Value.Errors;
        return DrpcReply.Of(new BioHealthResponse(
            DerCode.Success,
            request.Id,
            Bound(errors.ReadErrors),
            Bound(errors.WriteErrors + errors.FlushErrors),
            Bound(errors.ChecksumErrors),
            (ulong)(engine.Context.System.Xstream.Clock.UnixNs / 1_000_000_000)).Write());

        static uint Bound(long count) => (uint)Math.Min(count, uint.MaxValue);
    }

    private async Task<DrpcReply> SetFaultyAsync(DeviceRequest request)
    {
        DerCode code = await engine.SetDeviceFaultyAsync(request.Id).ConfigureAwait(false);
        return await ManagedAsync(code, request.Id).ConfigureAwait(false);
    }

    private async Task<DrpcReply> ReplaceAsync(DeviceRequest request)
    {
        DerResult<Guid> replaced = await engine.SmdManageAsync(
            new SmdManage { Operation = SmdOperation.Replace, Device = request.Id, NewDevice = request.New }).ConfigureAwait(false);
        return await ManagedAsync(replaced.Code, replaced.IsSuccess ? replaced.Value : request.Id).ConfigureAwait(false);
    }

    private async Task<DrpcReply> ManagedAsync(DerCode code, Guid device)
    {
        DerResult<DeviceInfo> found = await FindAsync(device).ConfigureAwait(false);
        return Devices(code, found.IsSuccess ? [found.Value] : []);
    }

    private async Task<DerResult<DeviceInfo>> FindAsync(Guid id)
    {
        DerResult<DeviceInfo[]> devices = await engine.ListDevicesAsync().ConfigureAwait(false);
        return !devices.IsSuccess ? devices.Code : Array.Find(devices.Value, d => d.Id == id) is { } found ? found : DerCode.Nonexist;
    }

    private DrpcReply Devices(DerCode code, DeviceInfo[] devices) => DrpcReply.Of(
        new SmdListResponse<SmdDevice>(code, [.. devices.Select(Describe)]).Write(static d => d.Write()));

    private SmdDevice Describe(DeviceInfo device) =>
        new(device.Id, device.Targets, engine.Context.Node.Rank, (uint)device.Roles, StateOf(device.State));

    // DAOS has fewer states on the wire than on media.
    private static SmdDeviceState StateOf(DeviceState state) => state switch
    {
        DeviceState.Normal => SmdDeviceState.Normal,
        DeviceState.Setup => SmdDeviceState.New,
        _ => SmdDeviceState.Evicted,
    };
}
