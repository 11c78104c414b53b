using System.Text.Json.Nodes;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Engines;
using Daos.Fabric.Mgmt.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Daos.Fabric.Mgmt.Control;

/// <summary>What commands of this host ask the running daos_server: HTTP on a unix socket that its owner alone can open. Any thread.</summary>
internal sealed class ControlHost : IAsyncDisposable
{
    private const long BodyBytesMax = 4096;
    private const int ConnectionsMax = 64;

    private readonly WebApplication _app;
    private readonly ServerConfig _config;
    private readonly EngineSupervisor _engines;

    internal ControlHost(ServerConfig config, EngineSupervisor engines, EngineDevices devices)
    {
        _config = config;
        _engines = engines;
        SocketPath = PathOf(config);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<Microsoft.Extensions.Hosting.IHostLifetime, SilentLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.ListenUnixSocket(SocketPath);
        });
        _app = builder.Build();
        _app.MapGet("/livez", static () => "live\n");
        _app.MapGet("/readyz", () => _engines.IsReady ? Results.Text("ready\n") : Results.Text("not ready\n", statusCode: StatusCodes.Status503ServiceUnavailable));
        _app.MapGet("/api/v1/status", Status);
        _app.MapPost("/api/v1/storage/format", FormatAsync);
        _app.MapGet("/api/v1/storage/devices", async (CancellationToken cancellation) => Json(await devices.ListAsync(cancellation).ConfigureAwait(false)));
        _app.MapPost("/api/v1/storage/devices/{id:guid}/faulty", async (Guid id, CancellationToken cancellation) =>
            Json(await devices.SetFaultyAsync(id, cancellation).ConfigureAwait(false)));
        _app.MapPost("/api/v1/storage/devices/{id:guid}/replace", async (Guid id, Guid? by, CancellationToken cancellation) =>
            Json(await devices.ReplaceAsync(id, by ?? Guid.Empty, cancellation).ConfigureAwait(false)));
    }

    /// <summary>Where it listens.</summary>
    internal string SocketPath { get; }

    /// <summary>The socket of a configuration's server.</summary>
    internal static string PathOf(ServerConfig config) => $"{config.SocketDirectory}/daos_server_control.sock";

    internal async Task StartAsync()
    {
        // Left by one that was killed: whoever holds the lock of the directory may take it.
        File.Delete(SocketPath);
        await _app.StartAsync().ConfigureAwait(false);
        File.SetUnixFileMode(SocketPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        File.Delete(SocketPath);
    }

    private IResult Status() => Json(ServerStatus.Of(_config, _engines.Snapshots));

    private async Task<IResult> FormatAsync(bool? force)
    {
        IReadOnlyDictionary<int, StorageException> failed = await _engines.FormatAsync(force ?? false).ConfigureAwait(false);
        return Json(new JsonObject
        {
            ["engines"] = new JsonArray([.. _engines.Snapshots.Select(s => new JsonObject
            {
                ["index"] = s.Index,
                ["uuid"] = s.Uuid?.ToString(),
                ["rank"] = s.Rank,
                ["status"] = failed.TryGetValue(s.Index, out StorageException? problem) ? problem.Code.Value : 0,
                ["error"] = problem?.Message,
            })]),
        });
    }

    private static IResult Json(JsonObject response) => Results.Text(response.ToJsonString(), "application/json");
}
