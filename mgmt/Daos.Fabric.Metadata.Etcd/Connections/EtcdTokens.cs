namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>
/// The token that stands for user and password. One caller asks for it, the others wait; a refused one is asked for anew. Any thread.
/// </summary>
internal sealed class EtcdTokens(string? user, Func<CancellationToken, Task<EtcdReply<AuthenticateResponse>>> ask) : IDisposable
{
    private readonly SemaphoreSlim _asking = new(1);
    private volatile string? _token;

    /// <summary>True when there is somebody to ask a token for.</summary>
    internal bool HasUser => user is not null;

    /// <summary>What to send now; null for none.</summary>
    internal string? Current => _token;

    /// <summary>A token that was refused is not used again.</summary>
    internal void Forget(string? refused)
    {
        if (_token == refused)
        {
            _token = null;
        }
    }

    /// <summary>Makes sure that there is a token. DER_NO_PERM when user or password are wrong, else why it could not be asked for.</summary>
    internal async Task<DerCode> EnsureAsync(CancellationToken cancel)
    {
        if (!HasUser || _token is not null)
        {
            return DerCode.Success;
        }

        try
        {
            await _asking.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return DerCode.Canceled;
        }

        try
        {
            if (_token is not null)
            {
                return DerCode.Success;
            }

            EtcdReply<AuthenticateResponse> reply = await ask(cancel).ConfigureAwait(false);
            if (reply.Code.IsError)
            {
                // What it finds wrong with the request is the user or the password.
                return reply.Code == DerCode.Invalid ? DerCode.NoPerm : reply.Code;
            }

            _token = reply.Value?.Token;
            return _token is null ? DerCode.Protocol : DerCode.Success;
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _asking.Dispose();
}
