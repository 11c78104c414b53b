using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Daos.Fabric.Mgmt.Configuration;

namespace Daos.Fabric.Mgmt.Control;

/// <summary>Asks the daos_server of this host. One command.</summary>
internal sealed class ControlClient(ServerConfig config) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(ControlHost.PathOf(config)), cancellation).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        BaseAddress = new Uri("http://daos_server/"),
        // Formatting large devices takes its time.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The server's state; null with a sentence when it cannot be asked.</summary>
    internal Task<(JsonNode? Answer, string? Problem)> StatusAsync(CancellationToken cancellation) => AskAsync(HttpMethod.Get, "api/v1/status", cancellation);

    /// <summary>Formats; null with a sentence when it cannot be asked.</summary>
    internal Task<(JsonNode? Answer, string? Problem)> FormatAsync(bool isForced, CancellationToken cancellation) =>
        AskAsync(HttpMethod.Post, $"api/v1/storage/format?force={(isForced ? "true" : "false")}", cancellation);

    /// <summary>The devices of the engines; null with a sentence when it cannot be asked.</summary>
    internal Task<(JsonNode? Answer, string? Problem)> DevicesAsync(CancellationToken cancellation) => AskAsync(HttpMethod.Get, "api/v1/storage/devices", cancellation);

    /// <summary>Takes a device out of use; null with a sentence when it cannot be asked.</summary>
    internal Task<(JsonNode? Answer, string? Problem)> SetFaultyAsync(Guid device, CancellationToken cancellation) =>
        AskAsync(HttpMethod.Post, $"api/v1/storage/devices/{device}/faulty", cancellation);

    /// <summary>Puts a device in the place of another, of an empty identity whatever new one is there; null with a sentence when it cannot be asked.</summary>
    internal Task<(JsonNode? Answer, string? Problem)> ReplaceAsync(Guid old, Guid replacement, CancellationToken cancellation) =>
        AskAsync(HttpMethod.Post, $"api/v1/storage/devices/{old}/replace?by={replacement}", cancellation);

    public void Dispose() => _http.Dispose();

    private async Task<(JsonNode? Answer, string? Problem)> AskAsync(HttpMethod method, string path, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            using HttpResponseMessage response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
            string text = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? (JsonNode.Parse(text), null) : (null, $"daos_server answered {(int)response.StatusCode} {response.ReasonPhrase}");
        }
        catch (HttpRequestException exception)
        {
            string why = (exception.InnerException ?? exception).Message;
            return (null, $"no daos_server of this configuration runs here ({ControlHost.PathOf(config)}: {why}); start it with 'daos_server start', or run this as the user it runs as");
        }
        catch (JsonException exception)
        {
            return (null, $"daos_server's answer cannot be read: {exception.Message}");
        }
    }
}
