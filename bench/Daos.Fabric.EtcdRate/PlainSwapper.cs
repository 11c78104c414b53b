using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Daos.Fabric.EtcdRate;

/// <summary>
/// The peer: one transaction of etcd over kept connections, its JSON written by hand and of its answer no more looked at than must be. A lost
/// answer would be lost.
/// </summary>
internal sealed class PlainSwapper(Uri endpoint) : ISwapper
{
    private static readonly MediaTypeHeaderValue s_json = new("application/json");
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });
    private readonly Uri _txn = new(endpoint, "/v3/kv/txn");
    private readonly Uri _range = new(endpoint, "/v3/kv/range");

    public async ValueTask<long> SwapAsync(string key, long revision, ReadOnlyMemory<byte> value)
    {
        string name = NameOf(key);
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $$$"""{"compare":[{"target":"MOD","key":"{{{name}}}","mod_revision":"{{{revision}}}"}],"success":[{"request_put":{"key":"{{{name}}}","value":"{{{Convert.ToBase64String(value.Span)}}}"}}]}""");
        byte[] answer = await PostAsync(_txn, text).ConfigureAwait(false);
        (long header, bool succeeded, _) = Read(answer);
        return succeeded ? header : throw new InvalidOperationException($"{key} at {revision}: {Encoding.UTF8.GetString(answer)}");
    }

    public async ValueTask<long> RevisionAsync(string key)
    {
        byte[] answer = await PostAsync(_range, $$"""{"key":"{{NameOf(key)}}"}""").ConfigureAwait(false);
        return Read(answer).ModRevision;
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return default;
    }

    private static string NameOf(string key) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"/rate/plain/{key}"));

    private async Task<byte[]> PostAsync(Uri uri, string text)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = s_json;
        using HttpResponseMessage response = await _client.PostAsync(uri, content).ConfigureAwait(false);
        byte[] answer = await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
        return response.IsSuccessStatusCode ? answer : throw new InvalidOperationException(Encoding.UTF8.GetString(answer));
    }

    private static (long Header, bool Succeeded, long ModRevision) Read(byte[] answer)
    {
        (long Header, bool Succeeded, long ModRevision) found = default;
        var reader = new Utf8JsonReader(answer);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (found.Header == 0 && reader.ValueTextEquals("revision"u8))
            {
                found.Header = NumberOf(ref reader);
            }
            else if (reader.ValueTextEquals("mod_revision"u8))
            {
                found.ModRevision = NumberOf(ref reader);
            }
            else if (reader.ValueTextEquals("succeeded"u8))
            {
                reader.Read();
                found.Succeeded = reader.GetBoolean();
            }
        }

        return found;
    }

    // 64-bit numbers are text.
    private static long NumberOf(ref Utf8JsonReader reader)
    {
        reader.Read();
        return Utf8Parser.TryParse(reader.ValueSpan, out long number, out _) ? number : 0;
    }
}
