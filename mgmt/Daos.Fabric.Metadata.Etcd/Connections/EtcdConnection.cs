using System.Net.Http.Headers;
using System.Text.Json;

namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>Calls to the members of one cluster, each tried once. Any thread.</summary>
internal sealed class EtcdConnection : IDisposable
{
    // The largest page of entries, in base64, with room.
    private const int AnswerBytesMax = 64 << 20;
    private const int ErrorBytesMax = 64 << 10;

    // Calls under way at once (DER_BUSY): each may have its own connection.
    private const int CallsMax = 1024;

    private readonly CancellationTokenSource _disposed = new();
    private readonly EtcdOptions _options;
    private readonly EtcdMembers _members;
    private readonly EtcdTokens _tokens;
    private readonly HttpClient _client;
    private int _calls;

    internal EtcdConnection(EtcdOptions options)
    {
        _options = options;
        _members = new EtcdMembers(options);
        _tokens = new EtcdTokens(options.User, AuthenticateAsync);
        _client = new HttpClient(options.Wrap(EtcdHandler.Create(options)))
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
        Ended = _disposed.Token;
    }

    /// <summary>Cancelled when the connection is disposed.</summary>
    internal CancellationToken Ended { get; }

    /// <summary>
    /// Asks once; again only where it was refused before it was looked at. DER codes as <see cref="IMetadataStore"/>;
    /// <paramref name="unknown"/> when the request may have been carried out, or may still be.
    /// </summary>
    internal async Task<DerResult<TResponse>> AskAsync<TRequest, TResponse>(
        EtcdCall<TRequest, TResponse> call, TRequest request, DerCode unknown, CancellationToken cancel)
    {
        if (Interlocked.Increment(ref _calls) > CallsMax)
        {
            Interlocked.Decrement(ref _calls);
            return DerCode.Busy;
        }

        try
        {
            bool isRenewed = false;
            for (int refusals = 0; ;)
            {
                DerCode code = await EnsureTokenAsync(cancel).ConfigureAwait(false);
                if (code.IsError)
                {
                    return code;
                }

                string? token = _tokens.Current;
                EtcdReply<TResponse> reply = await TryAsync(call, request, token, unknown, cancel).ConfigureAwait(false);
                if (reply.WantsToken)
                {
                    _tokens.Forget(token);
                }

                // Refused before it was looked at: with another token, or at a member with another certificate, it may be sent again.
                bool renews = reply.WantsToken && _tokens.HasUser && !isRenewed;
                if (!renews && (reply.Code != DerCode.BadCert || ++refusals == _options.Endpoints.Count))
                {
                    return reply.Code.IsError ? reply.Code : reply.Value!;
                }

                isRenewed |= renews;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    /// <summary>Opens a stream of answers at the member of the moment. DER codes as above; a token that was refused is forgotten.</summary>
    internal async Task<DerResult<EtcdStream<TResponse>>> OpenAsync<TRequest, TResponse>(
        EtcdCall<TRequest, TResponse> call, TRequest request, CancellationToken cancel)
    {
        DerCode code = await EnsureTokenAsync(cancel).ConfigureAwait(false);
        if (code.IsError)
        {
            return code;
        }

        int member = _members.Current;
        string? token = _tokens.Current;
        HttpResponseMessage? response = null;
        try
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(_options.RequestTimeoutMs), _options.Time);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel, Ended, timeout.Token);
            using HttpRequestMessage message = MessageOf(member, call, request, token);

            // A member without a leader ends the stream instead of falling silent.
            message.Headers.Add("Grpc-Metadata-hasleader", "true");
            response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                Stream body = await response.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
                _members.Keep(member);
                return new EtcdStream<TResponse>(response, body, call.ResponseType, member);
            }

            await response.Content.LoadIntoBufferAsync(ErrorBytesMax, limit.Token).ConfigureAwait(false);
            EtcdReply<TResponse> reply = await RefusalOfAsync<TResponse>(response, DerCode.Unreachable, limit.Token).ConfigureAwait(false);
            response.Dispose();
            if (reply.WantsToken && _tokens.HasUser)
            {
                _tokens.Forget(token);
                return DerCode.Unreachable;
            }

            _members.Leave(member, reply.Why);
            return reply.Code;
        }
        catch (Exception exception) when (IsOfTheWay(exception))
        {
            response?.Dispose();
            if (IsGivenUp(cancel))
            {
                return GivenUp;
            }

            _members.Leave(member, EtcdFailures.SentenceOf(exception, _options));
            return EtcdFailures.CodeOf(exception, DerCode.Unreachable);
        }
    }

    /// <summary>A stream of this member ended: requests go elsewhere.</summary>
    internal void Leave(int member, string why) => _members.Leave(member, why);

    /// <summary>The token is not accepted; false when there is nobody to ask for another.</summary>
    internal bool ForgetToken()
    {
        _tokens.Forget(_tokens.Current);
        return _tokens.HasUser;
    }

    /// <summary>Streams end, calls under way are given up.</summary>
    public void Dispose()
    {
        _disposed.Cancel();
        _client.Dispose();
        _tokens.Dispose();
    }

    private DerCode GivenUp => Ended.IsCancellationRequested ? DerCode.Shutdown : DerCode.Canceled;

    private bool IsGivenUp(CancellationToken cancel) => cancel.IsCancellationRequested || Ended.IsCancellationRequested;

    private bool IsOfTheWay(Exception exception) =>
        exception is HttpRequestException or IOException or OperationCanceledException
        || (exception is ObjectDisposedException && Ended.IsCancellationRequested);

    private async Task<DerCode> EnsureTokenAsync(CancellationToken cancel)
    {
        if (IsGivenUp(cancel))
        {
            return GivenUp;
        }

        if (!_tokens.HasUser || _tokens.Current is not null)
        {
            return DerCode.Success;
        }

        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, Ended);
            DerCode code = await _tokens.EnsureAsync(either.Token).ConfigureAwait(false);
            return code == DerCode.Canceled ? GivenUp : code;
        }
        catch (ObjectDisposedException) when (Ended.IsCancellationRequested)
        {
            return DerCode.Shutdown;
        }
    }

    private async Task<EtcdReply<AuthenticateResponse>> AuthenticateAsync(CancellationToken cancel)
    {
        EtcdReply<AuthenticateResponse> reply = await TryAsync(
            EtcdCalls.Authenticate, new AuthenticateRequest(_options.User!, _options.Password!), null, DerCode.Unreachable, cancel).ConfigureAwait(false);
        if (reply.Code == DerCode.Invalid || reply.Code == DerCode.NoPerm)
        {
            _options.Notice?.Invoke($"etcd refuses user '{_options.User}': {reply.Why}");
        }

        return reply;
    }

    private async Task<EtcdReply<TResponse>> TryAsync<TRequest, TResponse>(
        EtcdCall<TRequest, TResponse> call, TRequest request, string? token, DerCode unknown, CancellationToken cancel)
    {
        int member = _members.Current;
        EtcdReply<TResponse> reply;
        try
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(_options.RequestTimeoutMs), _options.Time);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel, Ended, timeout.Token);
            using HttpRequestMessage message = MessageOf(member, call, request, token);
            using HttpResponseMessage response = await _client.SendAsync(message, limit.Token).ConfigureAwait(false);
            reply = response.IsSuccessStatusCode
                ? await ValueOfAsync(call, response, unknown, limit.Token).ConfigureAwait(false)
                : await RefusalOfAsync<TResponse>(response, unknown, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsOfTheWay(exception))
        {
            if (IsGivenUp(cancel))
            {
                return EtcdReply<TResponse>.Of(unknown == DerCode.TxUncertain ? unknown : GivenUp, "it was given up");
            }

            reply = EtcdReply<TResponse>.Blame(EtcdFailures.CodeOf(exception, unknown), EtcdFailures.SentenceOf(exception, _options));
        }

        if (reply.BlamesMember)
        {
            _members.Leave(member, reply.Why);
        }
        else
        {
            _members.Keep(member);
        }

        return reply;
    }

    private static async Task<EtcdReply<TResponse>> ValueOfAsync<TRequest, TResponse>(
        EtcdCall<TRequest, TResponse> call, HttpResponseMessage response, DerCode unknown, CancellationToken cancel)
    {
        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            TResponse? value = await JsonSerializer.DeserializeAsync(body, call.ResponseType, cancel).ConfigureAwait(false);
            return value is null
                ? EtcdReply<TResponse>.Blame(unknown, "it answered null")
                : new EtcdReply<TResponse>(DerCode.Success, value, false, false, "");
        }
        catch (JsonException exception)
        {
            return EtcdReply<TResponse>.Blame(unknown, $"it does not speak as etcd does: {exception.Message}");
        }
    }

    private static async Task<EtcdReply<TResponse>> RefusalOfAsync<TResponse>(HttpResponseMessage response, DerCode unknown, CancellationToken cancel)
    {
        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            ErrorResponse? error = await JsonSerializer.DeserializeAsync(body, EtcdJson.Default.ErrorResponse, cancel).ConfigureAwait(false);
            string why = error?.Message ?? error?.Error ?? "it gave no reason";
            int grpcCode = error?.Code ?? 0;
            DerCode code = EtcdCodes.Of(grpcCode, why, unknown);
            return new EtcdReply<TResponse>(code, default, EtcdCodes.WantsToken(grpcCode, why), code == unknown, why);
        }
        catch (JsonException)
        {
            // Whoever says it, such as a server that wants TLS: below 500 it did not take the request.
            int status = (int)response.StatusCode;
            string text = await response.Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
            return EtcdReply<TResponse>.Blame(
                status < 500 ? DerCode.Protocol : unknown, $"it does not speak as etcd does: status {status}, '{text[..Math.Min(text.Length, 200)].Trim()}'");
        }
    }

    private HttpRequestMessage MessageOf<TRequest, TResponse>(int member, EtcdCall<TRequest, TResponse> call, TRequest request, string? token)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, call.RequestType));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var message = new HttpRequestMessage(HttpMethod.Post, _members.UriOf(member, call.Path)) { Content = content };
        if (token is not null)
        {
            message.Headers.TryAddWithoutValidation("Authorization", token);
        }

        return message;
    }
}
