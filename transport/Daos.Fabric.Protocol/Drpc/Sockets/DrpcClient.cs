using System.Threading.Channels;

namespace Daos.Fabric.Protocol.Drpc.Sockets;

/// <summary>
/// Calls whoever listens at a socket: one call at a time on each connection, as many connections as there are calls under way. It connects when it has
/// to, so the other side may end and come back. Any thread; tasks end on the thread pool.
/// </summary>
public sealed class DrpcClient : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Channel<DrpcConnection> _idle = Channel.CreateBounded<DrpcConnection>(DrpcLimits.ConnectionsIdleMax);
    private int _open;

    /// <param name="path">Of the socket. Nothing is opened yet.</param>
    public DrpcClient(string path) => Path = path;

    /// <summary>Where the other side listens.</summary>
    public string Path { get; }

    /// <summary>
    /// Makes a call and gives the answer. The other side did not get the call: DER_UNREACH (nobody listens there), DER_NO_PERM, DER_NOMEM, DER_CANCELED,
    /// DER_BUSY (too many calls under way), DER_OVERFLOW (it is too long), DER_SHUTDOWN (disposed). It got it and may have carried it out: DER_NOREPLY
    /// (no answer came, or the call was given up), DER_PROTO (the answer was not one to this call).
    /// </summary>
    public async Task<DerResult<DrpcResponse>> CallAsync(int module, int method, ReadOnlyMemory<byte> body, CancellationToken cancel = default)
    {
        if (_ended.IsCancellationRequested)
        {
            return DerCode.Shutdown;
        }

        if (Interlocked.Increment(ref _open) > DrpcLimits.ConnectionsMax)
        {
            Interlocked.Decrement(ref _open);
            return DerCode.Busy;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, _ended.Token);
        try
        {
            DerResult<DrpcConnection> sent = await SendAsync(module, method, body, end.Token).ConfigureAwait(false);
            return sent.IsSuccess ? await FinishAsync(sent.Value, end.Token).ConfigureAwait(false)
                : sent.Code == DerCode.Canceled && _ended.IsCancellationRequested ? DerCode.Shutdown
                : sent.Code;
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>A call whose answer is <see cref="Messages.DaosResponse"/>: its code, or why there is none (<see cref="CodeOf"/>).</summary>
    public async Task<DerCode> CallForCodeAsync(int module, int method, ReadOnlyMemory<byte> body, CancellationToken cancel = default)
    {
        DerResult<DrpcResponse> response = await CallAsync(module, method, body, cancel).ConfigureAwait(false);
        return !response.IsSuccess ? response.Code
            : response.Value.Status != DrpcStatus.Success ? CodeOf(response.Value.Status)
            : Messages.DaosResponse.TryRead(response.Value.Body.Span, out Messages.DaosResponse answer) ? answer.Code
            : DerCode.Protocol;
    }

    /// <summary>What a status means for the caller: DER_UNREG when nobody serves the method, DER_PROTO when it could not be read, DER_OVERFLOW, DER_MISC.</summary>
    public static DerCode CodeOf(DrpcStatus status) => status switch
    {
        DrpcStatus.Success or DrpcStatus.Submitted => DerCode.Success,
        DrpcStatus.UnknownModule or DrpcStatus.UnknownMethod => DerCode.Unregistered,
        DrpcStatus.FailedUnmarshalCall or DrpcStatus.FailedUnmarshalPayload => DerCode.Protocol,
        DrpcStatus.FailedMarshal => DerCode.Overflow,
        _ => DerCode.Misc,
    };

    /// <summary>Gives up what is under way and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        _idle.Writer.TryComplete();
        while (_idle.Reader.TryRead(out DrpcConnection? connection))
        {
            connection.Dispose();
        }
    }

    private async Task<DerResult<DrpcConnection>> SendAsync(int module, int method, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        while (true)
        {
            bool isUsed = _idle.Reader.TryRead(out DrpcConnection? connection);
            if (!isUsed)
            {
                DerResult<DrpcConnection> made = await DrpcConnection.ConnectAsync(Path, cancel).ConfigureAwait(false);
                if (!made.IsSuccess)
                {
                    return made.Code;
                }

                connection = made.Value;
            }

            var call = new DrpcCall(module, method, ++connection!.NextSequence, body);
            DerCode code = await connection.SendAsync(call.Write(), cancel).ConfigureAwait(false);
            if (code.IsSuccess)
            {
                return connection;
            }

            connection.Dispose();
            if (!isUsed || cancel.IsCancellationRequested || code == DerCode.Overflow)
            {
                return code;
            }

            // The other side ended since the last call; another one may listen there by now.
        }
    }

    private async Task<DerResult<DrpcResponse>> FinishAsync(DrpcConnection connection, CancellationToken cancel)
    {
        DerResult<byte[]> message = await connection.ReceiveAsync(cancel).ConfigureAwait(false);
        if (message.IsSuccess && DrpcResponse.TryRead(message.Value, out DrpcResponse? response) && response.Sequence == connection.NextSequence)
        {
            if (!_idle.Writer.TryWrite(connection))
            {
                connection.Dispose();
            }

            return response;
        }

        // A late answer must not be taken for that of the next call.
        connection.Dispose();
        return message.IsSuccess ? DerCode.Protocol : DerCode.NoReply;
    }
}
