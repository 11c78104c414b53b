using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>
/// The members of one cluster: a request goes to the one that answered last, and the next one goes elsewhere when it did not. Any thread.
/// </summary>
internal sealed class EtcdConnection : IDisposable
{
    // The largest page of entries, in base64, with room.
    private const int AnswerBytesMax = 64 << 20;

    private readonly EtcdOptions _options;
    private readonly HttpClient _client;
    private readonly SemaphoreSlim _authenticating = new(1);
    private int _member;
    private volatile string? _token;

    internal EtcdConnection(EtcdOptions options)
    {
        _options = options;
        _client = new HttpClient(EtcdHandler.Create(options))
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
    }

    /// <summary>
    /// Asks once; when the member is not to blame but our token is, once more. DER codes as <see cref="IMetadataStore"/>;
    /// <paramref name="unknown"/> when the request may have been carried out, or may still be.
    /// </summary>
    internal async Task<DerResult<TResponse>> AskAsync<TRequest, TResponse>(
        EtcdCall<TRequest, TResponse> call, TRequest request, DerCode unknown, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
        {
            return DerCode.Canceled;
        }

        DerCode code = await EnsureTokenAsync(null, cancel).ConfigureAwait(false);
        if (code.IsError)
        {
            return code;
        }

        string? token = _token;
        EtcdReply<TResponse> reply = await TryAsync(call, request, token, unknown, cancel).ConfigureAwait(false);
        if (reply.WantsToken && _options.User is not null)
        {
            // Refused before it was looked at, so it may be sent again.
            code = await EnsureTokenAsync(token, cancel).ConfigureAwait(false);
            reply = code.IsError ? reply with { Code = code } : await TryAsync(call, request, _token, unknown, cancel).ConfigureAwait(false);
        }

        return reply.Code.IsError ? reply.Code : reply.Value!;
    }

    /// <summary>
    /// Opens a stream of answers. The request's outcome is the stream's: DER_UNREACH when no member could be asked. Dispose the response.
    /// </summary>
    internal async Task<DerResult<HttpResponseMessage>> OpenAsync<TRequest>(
        string path, TRequest request, JsonTypeInfo<TRequest> type, CancellationToken cancel)
    {
        DerCode code = await EnsureTokenAsync(null, cancel).ConfigureAwait(false);
        if (code.IsError)
        {
            return code;
        }

        int member = Volatile.Read(ref _member);
        string? token = _token;
        using CancellationTokenSource limit = LimitOf(cancel);
        HttpResponseMessage? response = null;
        try
        {
            using HttpRequestMessage message = MessageOf(member, path, request, type, token);

            // A member without a leader ends the stream instead of falling silent.
            message.Headers.Add("Grpc-Metadata-hasleader", "true");
            response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            ErrorResponse error = await ErrorOfAsync(response, limit.Token).ConfigureAwait(false);
            response.Dispose();
            if (EtcdCodes.WantsToken(error.Code, MessageIn(error)))
            {
                Forget(token);
            }

            LeaveMember(member, MessageIn(error));
            return EtcdCodes.Of(error.Code, MessageIn(error), DerCode.Unreachable);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException or JsonException)
        {
            response?.Dispose();
            if (cancel.IsCancellationRequested)
            {
                return DerCode.Canceled;
            }

            LeaveMember(member, exception.Message);
            return exception is HttpRequestException failed ? EtcdCodes.Of(failed, DerCode.Unreachable) : DerCode.Unreachable;
        }
    }

    /// <summary>The member that requests go to does not do its work: the next ones go elsewhere.</summary>
    internal void LeaveMember() => LeaveMember(Volatile.Read(ref _member), "its stream ended");

    /// <summary>The token is not accepted any more; another is asked for with the next request.</summary>
    internal void ForgetToken() => _token = null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _authenticating.Dispose();
    }

    private async Task<EtcdReply<TResponse>> TryAsync<TRequest, TResponse>(
        EtcdCall<TRequest, TResponse> call, TRequest request, string? token, DerCode unknown, CancellationToken cancel)
    {
        int member = Volatile.Read(ref _member);
        using CancellationTokenSource limit = LimitOf(cancel);
        EtcdReply<TResponse> reply;
        try
        {
            using HttpRequestMessage message = MessageOf(member, call.Path, request, call.RequestType, token);
            using HttpResponseMessage response = await _client.SendAsync(message, limit.Token).ConfigureAwait(false);
            reply = await ReplyOfAsync(call, response, unknown, limit.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException exception)
        {
            reply = new EtcdReply<TResponse>(EtcdCodes.Of(exception, unknown), default, false, true, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            reply = new EtcdReply<TResponse>(unknown, default, false, true, exception.Message);
        }
        catch (OperationCanceledException)
        {
            bool isOurs = cancel.IsCancellationRequested;
            reply = new EtcdReply<TResponse>(
                isOurs && unknown != DerCode.TxUncertain ? DerCode.Canceled : unknown, default, false, !isOurs, "it did not answer in time");
        }

        if (reply.BlamesMember)
        {
            LeaveMember(member, reply.Why);
        }

        return reply;
    }

    private static async Task<EtcdReply<TResponse>> ReplyOfAsync<TRequest, TResponse>(
        EtcdCall<TRequest, TResponse> call, HttpResponseMessage response, DerCode unknown, CancellationToken cancel)
    {
        if (response.IsSuccessStatusCode)
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            TResponse? value = await JsonSerializer.DeserializeAsync(body, call.ResponseType, cancel).ConfigureAwait(false);
            return value is null
                ? new EtcdReply<TResponse>(unknown, default, false, true, "it answered null")
                : new EtcdReply<TResponse>(DerCode.Success, value, false, false, "");
        }

        ErrorResponse error = await ErrorOfAsync(response, cancel).ConfigureAwait(false);
        DerCode code = EtcdCodes.Of(error.Code, MessageIn(error), unknown);
        return new EtcdReply<TResponse>(code, default, EtcdCodes.WantsToken(error.Code, MessageIn(error)), code == unknown, MessageIn(error));
    }

    private static async Task<ErrorResponse> ErrorOfAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        await using Stream body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        return await JsonSerializer.DeserializeAsync(body, EtcdJson.Default.ErrorResponse, cancel).ConfigureAwait(false)
            ?? new ErrorResponse(null, null, 0, 0);
    }

    private static string MessageIn(ErrorResponse error) => error.Message ?? error.Error ?? "it gave no reason";

    private CancellationTokenSource LimitOf(CancellationToken cancel)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_options.RequestTimeoutMs);
        return limit;
    }

    private HttpRequestMessage MessageOf<TRequest>(int member, string path, TRequest request, JsonTypeInfo<TRequest> type, string? token)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(_options.Endpoints[member], path)) { Content = content };
        if (token is not null)
        {
            message.Headers.TryAddWithoutValidation("Authorization", token);
        }

        return message;
    }

    private void LeaveMember(int member, string why)
    {
        int next = (member + 1) % _options.Endpoints.Count;
        if (Interlocked.CompareExchange(ref _member, next, member) == member && next != member)
        {
            _options.Notice?.Invoke($"etcd member {_options.Endpoints[member]} is left for {_options.Endpoints[next]}: {why}");
        }
    }

    private void Forget(string? token)
    {
        if (_token == token)
        {
            _token = null;
        }
    }

    // One caller asks for a token, the others wait for it.
    private async Task<DerCode> EnsureTokenAsync(string? refused, CancellationToken cancel)
    {
        if (_options.User is null || (_token is not null && _token != refused))
        {
            return DerCode.Success;
        }

        try
        {
            await _authenticating.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return DerCode.Canceled;
        }

        try
        {
            if (_token is not null && _token != refused)
            {
                return DerCode.Success;
            }

            EtcdReply<AuthenticateResponse> reply = await TryAsync(
                EtcdCalls.Authenticate, new AuthenticateRequest(_options.User, _options.Password!), null, DerCode.Unreachable, cancel).ConfigureAwait(false);
            if (reply.Code == DerCode.Invalid || reply.Value is { Token: null })
            {
                _options.Notice?.Invoke($"etcd refuses user '{_options.User}': {reply.Why}");
                return DerCode.NoPerm;
            }

            _token = reply.Value?.Token;
            return reply.Code;
        }
        finally
        {
            _authenticating.Release();
        }
    }
}
