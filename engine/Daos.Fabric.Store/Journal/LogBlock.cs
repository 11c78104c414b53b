using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Journal;

/// <summary>
/// A log block in memory, from its first transaction until it is stable. Owned by the log's owner thread; the kernel reads its buffer
/// between <see cref="Write"/> and its completion.
/// </summary>
internal sealed unsafe class LogBlock : ReactorOperation
{
    // EINTR and EAGAIN are repeated so often, then they count as failures of the device.
    private const int RetriesMax = 100;

    private readonly LogWriter _log;
    private readonly byte* _buffer;
    private int _writtenBytes;
    private int _askedBytes;
    private int _retries;
    private long _startNs;
    private int _blockBytes;
    private LogWaiterList _waiters;

    internal LogBlock(LogWriter log, OwnedBuffer buffer)
    {
        _log = log;
        _buffer = buffer.Address;
    }

    /// <summary>Position of its first byte.</summary>
    internal ulong Position { get; private set; }

    /// <summary>Transaction bytes in it.</summary>
    internal int PayloadBytes { get; private set; }

    /// <summary>True once the device has it.</summary>
    internal bool IsWritten { get; private set; }

    /// <summary>Position behind it; fixed once it is closed.</summary>
    internal ulong EndPosition => Position + (ulong)LogGeometry.BlockBytesFor(PayloadBytes);

    /// <summary>Position behind its last transaction byte.</summary>
    internal ulong PayloadEnd => Position + LogBlockDf.SizeBytes + (ulong)PayloadBytes;

    private LogBlockDf* Head => (LogBlockDf*)_buffer;

    /// <summary>Starts an empty block.</summary>
    internal void Open(ulong position, bool continues)
    {
        Position = position;
        PayloadBytes = 0;
        IsWritten = false;
        *Head = default;
        Head->Magic = LogBlockDf.MagicValue;
        Head->Position = position;
        Head->Flags = continues ? LogBlockDf.FlagContinues : 0;
    }

    /// <summary>Room for so many more bytes, which the caller fills at once.</summary>
    internal byte* Extend(int lengthBytes)
    {
        byte* address = _buffer + LogBlockDf.SizeBytes + PayloadBytes;
        PayloadBytes += lengthBytes;
        return address;
    }

    /// <summary>Answers the waiter when the block is stable or never will be.</summary>
    internal void AddWaiter(LogWaiter waiter) => _waiters.Add(waiter);

    /// <summary>Answers whoever waits for it.</summary>
    internal void FinishWaiters(DerCode code) => _waiters.FinishAll(code);

    /// <summary>Seals the block and hands it to the device.</summary>
    internal void Write(ulong generation, ulong stable)
    {
        _blockBytes = LogGeometry.BlockBytesFor(PayloadBytes);
        int used = LogBlockDf.SizeBytes + PayloadBytes;
        new Span<byte>(_buffer + used, _blockBytes - used).Clear();
        Head->Generation = generation;
        Head->Stable = stable;
        Head->BlockBytes = (uint)_blockBytes;
        Head->PayloadBytes = (uint)PayloadBytes;
        Head->Checksum = _log.Geometry.ChecksumOf(Head);
        _writtenBytes = 0;
        _retries = 0;
        _startNs = _log.NowNs;
        WriteRest();
    }

    /// <inheritdoc/>
    protected override void Complete(int result, bool more)
    {
        if (result is -Errno.Interrupted or -Errno.Again && _retries++ < RetriesMax)
        {
            WriteRest();
            return;
        }

        int done = result >= _askedBytes ? result : result & -LogBlockDf.AlignBytes;
        if (result <= 0 || done <= 0)
        {
            _log.Health.NoteWrite(result < 0 ? FileErrors.ToCode(result) : DerCode.Io, _log.NowNs - _startNs);
            _log.OnWriteFailed(this, result);
            return;
        }

        _writtenBytes += done;
        if (_writtenBytes < _blockBytes)
        {
            WriteRest();
            return;
        }

        IsWritten = true;
        _log.Health.NoteWrite(DerCode.Success, _log.NowNs - _startNs);
        _log.OnWritten();
    }

    // The log's room was there when it was laid out, so a place in it always lies somewhere.
    private void WriteRest()
    {
        long offset = _log.File.Locate(_log.Geometry.OffsetOf(Position) + _writtenBytes, _blockBytes - _writtenBytes, out long here);
        Invariant.Check(here > 0);
        _askedBytes = (int)here;
        _log.Reactor.WriteFile(_log.File.Descriptor, _buffer + _writtenBytes, _askedBytes, offset, WriteMode.Durable, this);
    }
}
