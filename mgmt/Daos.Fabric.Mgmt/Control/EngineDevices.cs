using System.Text.Json.Nodes;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Drpc;
using Daos.Fabric.Mgmt.Engines;
using Daos.Fabric.Protocol.Drpc.Messages;

namespace Daos.Fabric.Mgmt.Control;

/// <summary>
/// The device tables of this host's engines, asked and changed over dRPC. Answers are JSON with <c>status</c> (0 or the number of a DER_ code) and
/// <c>error</c> (a sentence). Any thread.
/// </summary>
internal sealed class EngineDevices(EngineSupervisor engines, EngineSockets sockets, TimeProvider time)
{
    /// <summary>The devices of every engine, with the errors that they had; an engine that cannot be asked says why.</summary>
    internal async Task<JsonObject> ListAsync(CancellationToken cancellation)
    {
        var list = new JsonArray();
        foreach (EngineSnapshot engine in engines.Snapshots)
        {
            list.Add(await ListAsync(engine, cancellation).ConfigureAwait(false));
        }

        return new JsonObject { ["engines"] = list };
    }

    /// <summary>Takes a device out of use. DER_NONEXIST: no engine that serves has it.</summary>
    internal Task<JsonObject> SetFaultyAsync(Guid device, CancellationToken cancellation) =>
        ManageAsync(device, client => client.SetFaultyAsync(device, cancellation), cancellation);

    /// <summary>
    /// Puts a device in the place of one that is out: the same one with its data, the one that has that identity, or with an empty identity
    /// whatever new one is there. DER_NONEXIST: no such device; DER_BUSY: it is in use.
    /// </summary>
    internal Task<JsonObject> ReplaceAsync(Guid old, Guid replacement, CancellationToken cancellation) =>
        ManageAsync(old, client => client.ReplaceAsync(old, replacement, cancellation), cancellation);

    private async Task<JsonObject> ListAsync(EngineSnapshot engine, CancellationToken cancellation)
    {
        var answer = new JsonObject { ["index"] = engine.Index, ["rank"] = engine.Rank };
        var devices = new JsonArray();
        DerCode code = DerCode.Uninitialized;
        if (Socket(engine) is { } socket)
        {
            await using var client = new EngineClient(socket, time);
            DerResult<SmdListResponse<SmdDevice>> found = await client.ListDevicesAsync(cancellation).ConfigureAwait(false);
            code = found.Code;
            foreach (SmdDevice device in found.IsSuccess ? found.Value.Items : [])
            {
                DerResult<BioHealthResponse> health = await client.QueryHealthAsync(device.Id, cancellation).ConfigureAwait(false);
                devices.Add(ToJson(device, health.IsSuccess ? health.Value : default));
            }
        }

        answer["status"] = code.Value;
        answer["error"] = code.IsError ? Unasked(engine, code) : null;
        answer["devices"] = devices;
        return answer;
    }

    private async Task<JsonObject> ManageAsync(
        Guid device, Func<EngineClient, Task<DerResult<SmdListResponse<SmdDevice>>>> manage, CancellationToken cancellation)
    {
        var unasked = new List<string>();
        foreach (EngineSnapshot engine in engines.Snapshots)
        {
            if (Socket(engine) is not { } socket)
            {
                unasked.Add(Unasked(engine, DerCode.Uninitialized));
                continue;
            }

            await using var client = new EngineClient(socket, time);
            DerResult<SmdListResponse<SmdDevice>> has = await client.ListDevicesAsync(cancellation).ConfigureAwait(false);
            if (!has.IsSuccess)
            {
                unasked.Add(Unasked(engine, has.Code));
            }
            else if (has.Value.Items.Any(d => d.Id == device))
            {
                return Managed(engine, await manage(client).ConfigureAwait(false));
            }
        }

        return new JsonObject
        {
            ["status"] = DerCode.Nonexist.Value,
            ["error"] = string.Join("; ", unasked.Prepend($"no engine of this host that serves has device {device}; 'daos_server storage query list-devices' lists those that there are")),
        };
    }

    private static JsonObject Managed(EngineSnapshot engine, DerResult<SmdListResponse<SmdDevice>> result)
    {
        SmdDevice? device = result.IsSuccess && result.Value.Items.Count > 0 ? result.Value.Items[0] : null;
        return new JsonObject
        {
            ["status"] = result.Code.Value,
            ["error"] = result.Code == DerCode.Busy ? $"engine {engine.Index}: the device is in use; only one that is out can be replaced: 'daos_server storage set nvme-faulty' takes it out"
                : result.Code.IsError ? $"engine {engine.Index}: {result.Code.Text}; its log says more"
                : null,
            ["engine"] = engine.Index,
            ["device"] = device is null ? null : ToJson(device, default),
        };
    }

    private string? Socket(EngineSnapshot engine) => Serves(engine) ? sockets.Of(engine.Index) : null;

    private static bool Serves(EngineSnapshot engine) => engine.State is EngineState.Ready or EngineState.Joined;

    private static string Unasked(EngineSnapshot engine, DerCode code) =>
        $"engine {engine.Index} cannot be asked: {(Serves(engine) ? code.Text : $"it does not serve (state {engine.State})")}";

    private static JsonObject ToJson(SmdDevice device, BioHealthResponse health) => new()
    {
        ["uuid"] = device.Id.ToString(),
        ["state"] = device.State.ToString().ToUpperInvariant(),
        ["roles"] = new JsonArray([.. Roles(device.Roles).Select(static r => JsonValue.Create(r))]),
        ["targets"] = new JsonArray([.. device.Targets.Select(static t => JsonValue.Create(t))]),
        ["read_errors"] = health.ReadErrors,
        ["write_errors"] = health.WriteErrors,
        ["checksum_errors"] = health.ChecksumErrors,
    };

    // Bits as SmdDevice has them.
    private static IEnumerable<string> Roles(uint bits) =>
        new[] { (Bit: 4u, Name: "wal"), (Bit: 2u, Name: "meta"), (Bit: 1u, Name: "data") }.Where(r => (bits & r.Bit) != 0).Select(static r => r.Name);
}
