using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Io;

/// <summary>
/// Values that go to the data file, in parts of one media buffer. A plan holds one buffer at a time, so plans never wait for each other:
/// open a part, fill and write it in one or two steps, close it, and so on in order; then one flush for all. The second step may be
/// filled while the first is being written.
/// </summary>
public sealed partial class UpdatePlan
{
    /// <summary>Bytes of a part; only a value's last part is shorter.</summary>
    public const int PartBytesMax = MediaBuffers.BufferBytes;

    private OwnedBuffer? _buffer;
    private int _partValue;
    private int _stepStart;
    private bool _unflushed;

    /// <summary>Parts of a value that goes to the data file; 0 when it goes to the arena.</summary>
    public int PartCount(int value)
    {
        ref UpdateEntry entry = ref _entries[Checked(value)];
        return entry.Media == ValueMedia.Data ? (int)((entry.ValueBytes + PartBytesMax - 1) / PartBytesMax) : 0;
    }

    /// <summary>Bytes of the open part.</summary>
    public int PartBytes { get; private set; }

    /// <summary>Bytes of the open part's first step: half a buffer, or the whole of a short part. The second has the rest, if any.</summary>
    public int FirstStepBytes => Math.Min(PartBytes, PartBytesMax / 2);

    /// <summary>Where the bytes of the open part are to be put, aligned to 4 KiB. Ours: valid until <see cref="ClosePart"/>.</summary>
    public unsafe byte* PartAddress => _buffer!.Address;

    /// <summary>
    /// Waits for a media buffer for the next part of a value. Parts are written in order. The value's first part also takes its blocks, and
    /// waits for some to come back when there are none; if that fails, <see cref="WriteStepAsync"/> answers DER_NOSPACE.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask OpenPartAsync(int value)
    {
        Invariant.Check(_buffer is null);
        Invariant.Check(_entries[Checked(value)].PartsWritten < PartCount(value));
        if (_entries[value].PartsWritten == 0 && Reserve(value) == DerCode.NoSpace)
        {
            DataExtent extent = await _store.Shard.WaitForBlocksAsync(_entries[value].ValueBytes, ReservedBytes());
            _entries[value].Extent = extent;
        }

        _buffer = await _store.Shard.Buffers.RentAsync();
        _partValue = value;
        long done = (long)_entries[value].PartsWritten * PartBytesMax;
        PartBytes = (int)Math.Min(_entries[value].ValueBytes - done, PartBytesMax);
        _stepStart = 0;
    }

    /// <summary>
    /// Checks the open part's next step and writes it; its bytes stay as they are until this completes. Called for the first step, then for
    /// the second, which need not wait for the first's completion. DER_CSUM when bytes and checksums differ; DER_IO, DER_NOSPACE,
    /// DER_SHUTDOWN.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> WriteStepAsync()
    {
        DerCode code = PrepareStep(out nint source, out int lengthBytes, out long offsetBytes);
        if (code.IsSuccess)
        {
            _unflushed = true;
            code = await _store.Shard.WriteDataAsync(source, lengthBytes, offsetBytes);
        }

        return code.IsError ? Fail(code) : code;
    }

    /// <summary>Ends the open part; every step that was begun has completed.</summary>
    public void ClosePart()
    {
        _store.Shard.Buffers.Return(_buffer!);
        _buffer = null;
        _entries[_partValue].PartsWritten++;
    }

    /// <summary>Makes the written parts durable; nothing to do when there are none. DER_IO.</summary>
    public ValueTask<DerCode> FlushDataAsync()
    {
        if (!_unflushed)
        {
            return new ValueTask<DerCode>(DerCode.Success);
        }

        _unflushed = false;
        return _store.Shard.FlushDataAsync();
    }

    private unsafe DerCode PrepareStep(out nint source, out int lengthBytes, out long offsetBytes)
    {
        ref UpdateEntry entry = ref _entries[_partValue];
        int stepBytes = _stepStart == 0 ? FirstStepBytes : PartBytes - _stepStart;
        byte* address = _buffer!.Address + _stepStart;
        source = (nint)address;
        lengthBytes = (stepBytes + DataExtent.BlockBytes - 1) / DataExtent.BlockBytes * DataExtent.BlockBytes;
        offsetBytes = entry.Extent.OffsetBytes + ((long)entry.PartsWritten * PartBytesMax) + _stepStart;
        _stepStart += stepBytes;
        if (entry.Extent.Blocks == 0)
        {
            return DerCode.NoSpace;
        }

        new Span<byte>(address + stepBytes, lengthBytes - stepBytes).Clear();
        return entry.Run.Feed(address, stepBytes, _store.Digests);
    }

    private DerCode Reserve(int value)
    {
        DerCode code = _store.Shard.DataSpace.Reserve(_entries[value].ValueBytes, out _entries[value].Extent);
        _store.Shard.NoteSpace();
        return code;
    }

    private long ReservedBytes()
    {
        long bytes = 0;
        for (int i = 0; i < _count; i++)
        {
            bytes += _entries[i].Extent.LengthBytes;
        }

        return bytes;
    }

    private void PublishData()
    {
        Invariant.Check(!_unflushed);
        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].Media == ValueMedia.Data)
            {
                _store.Shard.DataSpace.Publish(_store.Memory.Transaction, _entries[i].Extent);
            }
        }
    }

    private void ReleaseData()
    {
        if (_buffer is not null)
        {
            _store.Shard.Buffers.Return(_buffer);
            _buffer = null;
        }

        _unflushed = false;
        for (int i = 0; i < _count && !_dataPublished; i++)
        {
            if (_entries[i].Extent.Blocks > 0)
            {
                _store.Shard.DataSpace.Cancel(_entries[i].Extent);
            }
        }
    }
}
