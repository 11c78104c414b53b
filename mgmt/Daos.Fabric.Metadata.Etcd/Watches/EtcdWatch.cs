namespace Daos.Fabric.Metadata.Etcd.Watches;

/// <summary>
/// A watch that outlives its connections: it remembers the next revision that it owes and asks from there. One caller at a time, any thread.
/// </summary>
internal sealed class EtcdWatch : IMetadataWatch
{
    private const int PauseMinMs = 50;
    private const int PauseMaxMs = 2_000;

    private readonly EtcdConnection _connection;
    private readonly EtcdKeys _keys;
    private readonly MetadataRange _range;
    private readonly TimeProvider _time;
    private readonly Action _closed;
    private readonly RevisionGatherer _revisions;
    private readonly CancellationTokenSource _ending;
    private readonly CancellationToken _ended;
    private Task<DerResult<MetadataChanges>>? _pending;
    private EtcdStream<StreamLine<WatchResponse>>? _stream;
    private DerCode _end;
    private int _pauseMs = PauseMinMs;
    private bool _isRefused;
    private bool _isClosed;

    /// <param name="connection">Where to ask; its end is the watch's.</param>
    /// <param name="keys">Names of keys in etcd.</param>
    /// <param name="range">What is watched.</param>
    /// <param name="next">The first revision that is owed.</param>
    /// <param name="time">For pauses.</param>
    /// <param name="closed">Called once, when the watch is disposed.</param>
    internal EtcdWatch(EtcdConnection connection, EtcdKeys keys, MetadataRange range, long next, TimeProvider time, Action closed)
    {
        _connection = connection;
        _keys = keys;
        _range = range;
        _time = time;
        _closed = closed;
        _revisions = new RevisionGatherer(keys, next);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(connection.Ended);
        _ended = _ending.Token;
    }

    /// <inheritdoc/>
    public async Task<DerResult<MetadataChanges>> NextAsync(CancellationToken cancel = default)
    {
        // A call that was given up goes on; the next one takes what it brings.
        _pending ??= WaitAsync();
        try
        {
            DerResult<MetadataChanges> result = await _pending.WaitAsync(cancel).ConfigureAwait(false);
            _pending = null;
            return result;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return DerCode.Canceled;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        await _ending.CancelAsync().ConfigureAwait(false);
        if (_pending is { } pending)
        {
            await pending.ConfigureAwait(false);
        }

        Disconnect();
        _ending.Dispose();
        _closed();
    }

    private async Task<DerResult<MetadataChanges>> WaitAsync()
    {
        while (!_revisions.HasWhole)
        {
            if (_ended.IsCancellationRequested)
            {
                return DerCode.Shutdown;
            }

            if (_end.IsError)
            {
                return _end;
            }

            if (_stream is null && !await ConnectAsync().ConfigureAwait(false))
            {
                continue;
            }

            DerResult<StreamLine<WatchResponse>> line = await _stream!.ReadAsync(_ended).ConfigureAwait(false);
            if (!line.IsSuccess || !Accept(line.Value))
            {
                int member = _stream.Member;
                Disconnect();
                await LostAsync(member, line.Code).ConfigureAwait(false);
            }
        }

        return _revisions.Take();
    }

    // False when the stream is over; a reason that ends the watch is kept.
    private bool Accept(StreamLine<WatchResponse> line)
    {
        if (line.Error is { } error)
        {
            // A member that lost its leader says so here.
            DerCode code = EtcdCodes.Of(error.GrpcCode, error.Message ?? "", DerCode.Unreachable);
            Refuse(code == DerCode.Unreachable || code == DerCode.Busy ? default : code);
            return false;
        }

        if (line.Result is not { } result)
        {
            _end = DerCode.Protocol;
            return false;
        }

        if (result.CompactRevision > 0)
        {
            _end = DerCode.EpochOld;
            return false;
        }

        if (result.Canceled)
        {
            bool isOfRights = result.CancelReason is { } reason
                && (reason.Contains("permission denied", StringComparison.Ordinal) || reason.Contains("auth", StringComparison.Ordinal));
            Refuse(isOfRights ? DerCode.NoPerm : default);
            return false;
        }

        _isRefused = false;
        _pauseMs = PauseMinMs;
        _end = _revisions.Add(result);
        return _end.IsSuccess;
    }

    // Older members say of a token that ran out what they say of missing rights: another token, and if that does not help it is the rights.
    private void Refuse(DerCode code)
    {
        if (code == DerCode.NoPerm && _connection.ForgetToken() && !_isRefused)
        {
            _isRefused = true;
            return;
        }

        _end = code;
    }

    private async Task LostAsync(int member, DerCode code)
    {
        if (code == DerCode.Protocol || code == DerCode.Overflow)
        {
            _end = code;
        }

        if (_end.IsSuccess && !_ended.IsCancellationRequested)
        {
            if (!_isRefused)
            {
                _connection.Leave(member, "a watch's stream ended");
            }

            await PauseAsync().ConfigureAwait(false);
        }
    }

    // Asked from one revision before: what was compacted up to the very revision that is owed may lack its deletions, and only so etcd says it.
    private async Task<bool> ConnectAsync()
    {
        var request = new WatchRequest(new WatchCreateRequest(_keys.Of(_range.First), _keys.Of(_range.To), Math.Max(_revisions.Next - 1, 1)));
        DerResult<EtcdStream<StreamLine<WatchResponse>>> opened = await _connection.OpenAsync(EtcdCalls.Watch, request, _ended).ConfigureAwait(false);
        if (opened.IsSuccess)
        {
            _stream = opened.Value;
            return true;
        }

        bool isPassing = opened.Code == DerCode.Unreachable || opened.Code == DerCode.Canceled || opened.Code == DerCode.Shutdown || opened.Code == DerCode.Busy;
        _end = isPassing ? default : opened.Code;
        if (_end.IsSuccess)
        {
            await PauseAsync().ConfigureAwait(false);
        }

        return false;
    }

    private async Task PauseAsync()
    {
        int pauseMs = _pauseMs;
        _pauseMs = Math.Min(pauseMs * 2, PauseMaxMs);
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(pauseMs), _time, _ended).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop looks at the token itself.
        }
    }

    private void Disconnect()
    {
        _stream?.Dispose();
        _stream = null;
        _revisions.ForgetBegun();
    }
}
