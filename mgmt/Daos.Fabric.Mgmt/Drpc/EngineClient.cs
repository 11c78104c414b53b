using Daos.Fabric.Core.Errors;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Protocol.Drpc;
using Daos.Fabric.Protocol.Drpc.Messages;
using Daos.Fabric.Protocol.Drpc.Sockets;

namespace Daos.Fabric.Mgmt.Drpc;

/// <summary>
/// Calls one engine at the socket that it told. Any thread. Besides what the engine says every call may end with DER_UNREACH (it is not there), DER_NOREPLY
/// (it did not answer in time, and may still do it), DER_UNREG (it does not know the method), DER_SHUTDOWN (disposed).
/// </summary>
/// <param name="socket">Its path.</param>
/// <param name="time">Time.</param>
internal sealed class EngineClient(string socket, TimeProvider time) : IAsyncDisposable
{
    private readonly DrpcClient _client = new(socket);

    /// <summary>An answer is waited for so long.</summary>
    internal TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether it lives and has this rank: DER_INVAL for another one.</summary>
    internal Task<DerCode> PingAsync(Rank rank, CancellationToken cancel = default) => AskAsync(DrpcMethods.PingRank, new RankRequest(rank).Write(), cancel);

    /// <summary>Gives it its rank: DER_ALREADY when it has another one.</summary>
    internal Task<DerCode> SetRankAsync(Rank rank, uint mapVersion, CancellationToken cancel = default) =>
        AskAsync(DrpcMethods.SetRank, new RankRequest(rank, mapVersion).Write(), cancel);

    /// <summary>Lets it serve: DER_UNINIT when it has no rank.</summary>
    internal Task<DerCode> SetUpAsync(CancellationToken cancel = default) => AskAsync(DrpcMethods.SetUp, [], cancel);

    /// <summary>Tells it who is in the system: DER_GRPVER when it knows better.</summary>
    internal Task<DerCode> UpdateGroupAsync(GroupUpdateRequest group, CancellationToken cancel = default) => AskAsync(DrpcMethods.GroupUpdate, group.Write(), cancel);

    /// <summary>The system is being stopped.</summary>
    internal Task<DerCode> PrepareShutdownAsync(Rank rank, CancellationToken cancel = default) =>
        AskAsync(DrpcMethods.PrepShutdown, new RankRequest(rank).Write(), cancel);

    /// <summary>Its devices.</summary>
    internal Task<DerResult<SmdListResponse<SmdDevice>>> ListDevicesAsync(CancellationToken cancel = default) =>
        ListAsync<SmdDevice>(DrpcMethods.SmdListDevices, [], SmdDevice.TryRead, cancel);

    /// <summary>Its pools.</summary>
    internal Task<DerResult<SmdListResponse<SmdPool>>> ListPoolsAsync(CancellationToken cancel = default) =>
        ListAsync<SmdPool>(DrpcMethods.SmdListPools, [], SmdPool.TryRead, cancel);

    /// <summary>Takes a device out of use; the answer has it as it is then.</summary>
    internal Task<DerResult<SmdListResponse<SmdDevice>>> SetFaultyAsync(Guid device, CancellationToken cancel = default) =>
        ListAsync<SmdDevice>(DrpcMethods.DeviceSetFaulty, new DeviceRequest(device).Write(), SmdDevice.TryRead, cancel);

    /// <summary>Puts a device in another one's place: itself with its data, or a new one (empty).</summary>
    internal Task<DerResult<SmdListResponse<SmdDevice>>> ReplaceAsync(Guid old, Guid replacement, CancellationToken cancel = default) =>
        ListAsync<SmdDevice>(DrpcMethods.DeviceReplace, new DeviceRequest(old, replacement).Write(), SmdDevice.TryRead, cancel);

    /// <summary>Errors of a device.</summary>
    internal async Task<DerResult<BioHealthResponse>> QueryHealthAsync(Guid device, CancellationToken cancel = default)
    {
        DerResult<DrpcResponse> response = await CallAsync(DrpcMethods.BioHealthQuery, new DeviceRequest(device).Write(), cancel).ConfigureAwait(false);
        return !response.IsSuccess ? response.Code
            : !BioHealthResponse.TryRead(response.Value.Body.Span, out BioHealthResponse health) ? DerCode.Protocol
            : health.Code.IsError ? health.Code
            : health;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task<DerCode> AskAsync(int method, byte[] body, CancellationToken cancel)
    {
        DerResult<DrpcResponse> response = await CallAsync(method, body, cancel).ConfigureAwait(false);
        return !response.IsSuccess ? response.Code
            : DaosResponse.TryRead(response.Value.Body.Span, out DaosResponse answer) ? answer.Code
            : DerCode.Protocol;
    }

    private async Task<DerResult<SmdListResponse<T>>> ListAsync<T>(int method, byte[] body, SmdListResponse<T>.Reading read, CancellationToken cancel)
    {
        DerResult<DrpcResponse> response = await CallAsync(method, body, cancel).ConfigureAwait(false);
        return !response.IsSuccess ? response.Code
            : !SmdListResponse<T>.TryRead(response.Value.Body.Span, read, out SmdListResponse<T>? list) ? DerCode.Protocol
            : list.Code.IsError ? list.Code
            : list;
    }

    private async Task<DerResult<DrpcResponse>> CallAsync(int method, byte[] body, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(Timeout, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        DerResult<DrpcResponse> response = await _client.CallAsync(DrpcModules.Management, method, body, over.Token).ConfigureAwait(false);
        return response.IsSuccess && response.Value.Status != DrpcStatus.Success ? DrpcClient.CodeOf(response.Value.Status) : response;
    }
}
