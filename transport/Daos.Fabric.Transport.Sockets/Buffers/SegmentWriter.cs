using System.IO.Pipelines;

namespace Daos.Fabric.Transport.Sockets.Buffers;

/// <summary>
/// The writing end of a <see cref="SegmentBuffer"/> under the contract of <see cref="PipeWriter"/>. What was advanced is visible to the
/// reader at once, as both share the owner thread; a flush wakes a waiting reader and waits while too much is unread. Owned by that
/// thread.
/// </summary>
internal sealed unsafe class SegmentWriter(SegmentBuffer stream) : PipeWriter
{
    private readonly FlushOperation _flush = new();
    private bool _cancelNext;
    private bool _completed;

    /// <summary>Unread bytes at which a flush waits; 0 never waits.</summary>
    internal long PauseBytes { get; set; }

    /// <summary>True after <see cref="Complete"/>.</summary>
    internal bool IsCompleted => _completed;

    /// <summary>What the writer ended with.</summary>
    internal Exception? Fault { get; private set; }

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => 0;

    /// <inheritdoc/>
    /// <exception cref="DaosException">DER_NOMEM: the pool has no segment left.</exception>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Segment tail = Room(sizeHint);
        return tail.Memory[tail.End..];
    }

    /// <inheritdoc/>
    /// <exception cref="DaosException">DER_NOMEM: the pool has no segment left.</exception>
    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Segment tail = Room(sizeHint);
        return new Span<byte>(tail.Address + tail.End, tail.Capacity - tail.End);
    }

    /// <inheritdoc/>
    public override void Advance(int bytes) => stream.Commit(bytes);

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        stream.Owner.Assert();
        cancellationToken.ThrowIfCancellationRequested();
        stream.ReaderInUse?.Wake();
        bool canceled = _cancelNext;
        _cancelNext = false;
        bool done = stream.ReaderInUse is { IsCompleted: true };
        bool full = PauseBytes > 0 && stream.LengthBytes >= PauseBytes;
        return !full || done || canceled ? new(new FlushResult(canceled, done)) : _flush.Start(stream.Owner);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        if (_flush.IsPending)
        {
            _flush.Finish(new FlushResult(isCanceled: true, isCompleted: false));
            return;
        }

        _cancelNext = true;
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        _completed = true;
        Fault ??= exception;
        stream.ReaderInUse?.Wake();
    }

    /// <summary>The reader made room or ended.</summary>
    internal void Wake(bool readerEnded)
    {
        if (_flush.IsPending && (readerEnded || stream.LengthBytes <= PauseBytes / 2))
        {
            _flush.Finish(new FlushResult(isCanceled: false, readerEnded));
        }
    }

    private Segment Room(int sizeHint)
    {
        if (_completed)
        {
            throw new InvalidOperationException("the writer was completed");
        }

        return stream.Reserve(Math.Max(sizeHint, 1)) is not null
            ? stream.Tail!
            : throw new DaosException(DerCode.NoMemory, "write to a stream", stream.Owner.Name);
    }
}
