using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>An answer of many lines from one member, each a message. One caller at a time, any thread. Dispose it.</summary>
internal sealed class EtcdStream<T> : IDisposable
{
    /// <summary>Bytes of a line at most: a fragment of 2 MiB as text, with room for members that were allowed larger requests.</summary>
    internal const int LineBytesMax = 32 << 20;
    private const int ReadBytes = 64 << 10;

    private readonly HttpResponseMessage _response;
    private readonly JsonTypeInfo<T> _type;
    private readonly PipeReader _lines;

    /// <param name="response">Owned from now on.</param>
    /// <param name="body">Its body; owned from now on.</param>
    /// <param name="type">What a line is.</param>
    /// <param name="member">Whose answer it is.</param>
    internal EtcdStream(HttpResponseMessage response, Stream body, JsonTypeInfo<T> type, int member)
    {
        _response = response;
        _type = type;
        _lines = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: ReadBytes));
        Member = member;
    }

    internal int Member { get; }

    /// <summary>
    /// The next line. DER_UNREACH when the stream ended or broke, DER_PROTO for a line that is no message, DER_OVERFLOW for one that is too long,
    /// DER_CANCELED.
    /// </summary>
    internal async Task<DerResult<T>> ReadAsync(CancellationToken cancel)
    {
        try
        {
            long seen = 0;
            while (true)
            {
                ReadResult read = await _lines.ReadAsync(cancel).ConfigureAwait(false);
                if (read.Buffer.Slice(seen).PositionOf((byte)'\n') is { } end)
                {
                    T? message = Parse(read.Buffer.Slice(0, end));
                    _lines.AdvanceTo(read.Buffer.GetPosition(1, end));
                    return message is null ? DerCode.Protocol : message;
                }

                seen = read.Buffer.Length;
                _lines.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted || seen > LineBytesMax)
                {
                    return read.IsCompleted ? DerCode.Unreachable : DerCode.Overflow;
                }
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return DerCode.Canceled;
        }
        catch (JsonException)
        {
            return DerCode.Protocol;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException)
        {
            return DerCode.Unreachable;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lines.Complete();
        _response.Dispose();
    }

    private T? Parse(ReadOnlySequence<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        return JsonSerializer.Deserialize(ref reader, _type);
    }
}
