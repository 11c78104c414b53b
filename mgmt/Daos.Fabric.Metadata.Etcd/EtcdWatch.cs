using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Daos.Fabric.Metadata.Etcd;

/// <summary>
/// A watch that outlives its connections: it remembers the next revision that it owes and asks from there. One caller at a time, any thread.
/// </summary>
internal sealed class EtcdWatch : IMetadataWatch
{
    // As many revisions as etcd puts into one message when a watch catches up, if they are not all of the largest size.
    private const int LineBytesMax = 128 << 20;
    private const int PauseMs = 100;

    private readonly EtcdConnection _connection;
    private readonly EtcdKeys _keys;
    private readonly MetadataRange _range;
    private readonly CancellationTokenSource _ended;
    private readonly Queue<MetadataChanges> _ready = new();
    private Task<DerResult<MetadataChanges>>? _pending;
    private HttpResponseMessage? _response;
    private PipeReader? _lines;
    private DerCode _end;
    private long _next;

    internal EtcdWatch(EtcdConnection connection, EtcdKeys keys, MetadataRange range, long next, CancellationToken storeEnds)
    {
        _connection = connection;
        _keys = keys;
        _range = range;
        _next = next;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(storeEnds);
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
        await _ended.CancelAsync().ConfigureAwait(false);
        if (_pending is { } pending)
        {
            await pending.ConfigureAwait(false);
        }

        Disconnect();
    }

    private async Task<DerResult<MetadataChanges>> WaitAsync()
    {
        while (_ready.Count == 0)
        {
            if (_ended.IsCancellationRequested)
            {
                return DerCode.Shutdown;
            }

            if (_end.IsError)
            {
                return _end;
            }

            if (_lines is null && !await ConnectAsync().ConfigureAwait(false))
            {
                continue;
            }

            StreamLine<WatchResponse>? line = await ReadLineAsync().ConfigureAwait(false);
            if (line is null || !Take(line))
            {
                Disconnect();
                if (_end.IsSuccess)
                {
                    _connection.LeaveMember();
                    await PauseAsync().ConfigureAwait(false);
                }
            }
        }

        return _ready.Dequeue();
    }

    // False when the stream ended, or says something that ends it.
    private bool Take(StreamLine<WatchResponse> line)
    {
        if (line.Result is not { } result || result.Canceled || result.CompactRevision > 0)
        {
            if (line.Result?.CompactRevision > 0)
            {
                _end = DerCode.EpochOld;
            }
            else if (line.Error is { } error)
            {
                DerCode code = EtcdCodes.Of(error.GrpcCode, error.Message ?? "", DerCode.Unreachable);
                _end = code == DerCode.NoPerm || code == DerCode.Unreachable ? default : code;
                _connection.ForgetToken();
            }
            else if (line.Result?.CancelReason is { } reason && reason.Contains("permission denied", StringComparison.Ordinal))
            {
                _end = DerCode.NoPerm;
            }

            return false;
        }

        foreach (IGrouping<long, WatchEvent> revision in (result.Events ?? []).Where(e => e.Kv is not null).GroupBy(e => e.Kv!.ModRevision))
        {
            // The one before the first that is owed was asked for as well, see ConnectAsync.
            if (revision.Key >= _next)
            {
                _ready.Enqueue(new MetadataChanges(revision.Key, [.. revision.Select(ChangeOf).OrderBy(c => c.Key)]));
                _next = revision.Key + 1;
            }
        }

        return true;
    }

    private MetadataChange ChangeOf(WatchEvent change) =>
        new(_keys.KeyOf(change.Kv!), change.Type == "DELETE" ? null : _keys.EntryOf(change.Kv!));

    // Asked from one revision before: what was compacted up to the very revision that is owed may lack its deletions, and only so etcd says it.
    private async Task<bool> ConnectAsync()
    {
        var request = new WatchRequest(new WatchCreateRequest(_keys.Of(_range.First), _keys.Of(_range.To), Math.Max(_next - 1, 1)));
        DerResult<HttpResponseMessage> opened;
        try
        {
            opened = await _connection.OpenAsync(EtcdCalls.Watch, request, EtcdJson.Default.WatchRequest, _ended.Token).ConfigureAwait(false);
        }
        catch (ObjectDisposedException) when (_ended.IsCancellationRequested)
        {
            return false;
        }

        if (!opened.IsSuccess)
        {
            _end = opened.Code == DerCode.Unreachable || opened.Code == DerCode.Canceled || opened.Code == DerCode.Busy ? default : opened.Code;
            await PauseAsync().ConfigureAwait(false);
            return false;
        }

        try
        {
            _response = opened.Value;
            _lines = PipeReader.Create(await _response.Content.ReadAsStreamAsync(_ended.Token).ConfigureAwait(false));
            return true;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException)
        {
            Disconnect();
            return false;
        }
    }

    // Null when the stream broke.
    private async Task<StreamLine<WatchResponse>?> ReadLineAsync()
    {
        try
        {
            while (true)
            {
                ReadResult read = await _lines!.ReadAsync(_ended.Token).ConfigureAwait(false);
                if (read.Buffer.PositionOf((byte)'\n') is { } end)
                {
                    StreamLine<WatchResponse>? line = Parse(read.Buffer.Slice(0, end));
                    _lines.AdvanceTo(read.Buffer.GetPosition(1, end));
                    return line;
                }

                _lines.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted || read.Buffer.Length > LineBytesMax)
                {
                    return null;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException or JsonException)
        {
            return null;
        }
    }

    private static StreamLine<WatchResponse>? Parse(ReadOnlySequence<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        return JsonSerializer.Deserialize(ref reader, EtcdJson.Default.StreamLineWatchResponse);
    }

    private async Task PauseAsync()
    {
        try
        {
            await Task.Delay(PauseMs, _ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop looks at the token itself.
        }
    }

    private void Disconnect()
    {
        _lines?.Complete();
        _lines = null;
        _response?.Dispose();
        _response = null;
    }
}
