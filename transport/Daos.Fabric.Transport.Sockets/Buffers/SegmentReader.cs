using System.IO.Pipelines;

namespace Daos.Fabric.Transport.Sockets.Buffers;

/// <summary>
/// The reading end of a <see cref="SegmentBuffer"/> under the contract of <see cref="PipeReader"/>. Owned by the stream's owner thread.
/// </summary>
internal sealed class SegmentReader(SegmentBuffer stream) : PipeReader
{
    private readonly ReadOperation _read = new();
    private long _examinedBytes;
    private bool _cancelNext;
    private bool _completed;

    /// <summary>True after <see cref="Complete"/>.</summary>
    internal bool IsCompleted => _completed;

    private bool WriterEnded => stream.WriterInUse is { IsCompleted: true };

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        stream.Owner.Assert();
        if (_completed)
        {
            throw new InvalidOperationException("the reader was completed");
        }

        if (stream.LengthBytes <= _examinedBytes && !WriterEnded && !_cancelNext)
        {
            result = default;
            return false;
        }

        if (stream.WriterInUse?.Fault is { } fault)
        {
            throw fault;
        }

        result = new ReadResult(stream.ToSequence(), _cancelNext, WriterEnded);
        _cancelNext = false;
        return true;
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryRead(out ReadResult result) ? new(result) : WaitAndRead();
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        stream.Owner.Assert();
        long consumedBytes = OffsetOf(consumed);
        _examinedBytes = Math.Max(OffsetOf(examined) - consumedBytes, 0);
        for (long left = consumedBytes; left > 0;)
        {
            int step = (int)Math.Min(left, int.MaxValue);
            stream.Consume(step);
            left -= step;
        }

        stream.WriterInUse?.Wake(readerEnded: false);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        _cancelNext = true;
        Wake();
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        _completed = true;
        stream.Clear();
        stream.WriterInUse?.Wake(readerEnded: true);
    }

    /// <summary>Something new was written, or the writer ended.</summary>
    internal void Wake()
    {
        if (_read.IsPending && (stream.LengthBytes > _examinedBytes || WriterEnded || _cancelNext))
        {
            _read.Finish();
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAndRead()
    {
        ReadResult result;
        do
        {
            await _read.Start(stream.Owner);
        }
        while (!TryRead(out result));

        return result;
    }

    private static long OffsetOf(SequencePosition position) =>
        position.GetObject() is SegmentNode node ? node.RunningIndex + position.GetInteger() : 0;
}
