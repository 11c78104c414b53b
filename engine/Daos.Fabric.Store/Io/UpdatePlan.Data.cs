using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Io;

/// <summary>
/// Values that go to the data file, in parts of one media buffer. A plan holds one buffer at a time, so plans never wait for each other:
/// open a part, fill and write it in one or two steps, close it, and so on in order; then one flush for all. The second step may be
/// filled while the first is being written.
/// </summary>
public sealed partial class UpdatePlan : IBlockTaker
{
    /// <summary>Bytes of a part; only a value's last part is shorter.</summary>
    public const int PartBytesMax = MediaBuffers.BufferBytes;

    // Of all values, in the order in which they were reserved.
    private readonly List<DataReferenceDf> _runs = [];
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
    /// Waits for a media buffer for the next part of a value. Parts are written in order. The value's first part also takes its blocks, of several runs if
    /// there is no single one that holds a single value, and waits for some to come back when there are none; if that fails, <see cref="WriteStepAsync"/> answers DER_NOSPACE.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask OpenPartAsync(int value)
    {
        Invariant.Check(_buffer is null);
        Invariant.Check(_entries[Checked(value)].PartsWritten < PartCount(value));
        _partValue = value;
        if (_entries[value].PartsWritten == 0 && !TryReserve())
        {
            await _store.Shard.WaitForBlocksAsync(this, ReservedBytes());
        }

        _buffer = await _store.Shard.Buffers.RentAsync();
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
        DerCode code = PrepareStep(out int value, out nint source, out int lengthBytes, out long at);
        _unflushed |= code.IsSuccess;
        for (int done = 0; done < lengthBytes && code.IsSuccess;)
        {
            // As a rule all of it lies in one run.
            long offsetBytes = DataRuns.Locate(RunsOf(in _entries[value]), at + done, out long left);
            int here = (int)Math.Min(lengthBytes - done, left);
            code = await _store.Shard.WriteDataAsync(source + done, here, offsetBytes);
            done += here;
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

    bool IBlockTaker.TryTake() => TryReserve();

    private unsafe DerCode PrepareStep(out int value, out nint source, out int lengthBytes, out long at)
    {
        value = _partValue;
        ref UpdateEntry entry = ref _entries[_partValue];
        int stepBytes = _stepStart == 0 ? FirstStepBytes : PartBytes - _stepStart;
        byte* address = _buffer!.Address + _stepStart;
        source = (nint)address;
        lengthBytes = (stepBytes + DataExtent.BlockBytes - 1) / DataExtent.BlockBytes * DataExtent.BlockBytes;
        at = ((long)entry.PartsWritten * PartBytesMax) + _stepStart;
        _stepStart += stepBytes;
        if (entry.RunCount == 0)
        {
            return DerCode.NoSpace;
        }

        new Span<byte>(address + stepBytes, lengthBytes - stepBytes).Clear();
        return entry.Run.Feed(address, stepBytes, _store.Digests);
    }

    // One run for the value whose part is being opened; a single value takes several when there is no such run.
    private bool TryReserve()
    {
        ref UpdateEntry entry = ref _entries[_partValue];
        DataSpace space = _store.Shard.DataSpace;
        entry.FirstRun = _runs.Count;
        if (space.Reserve(entry.ValueBytes, out DataExtent extent).IsSuccess)
        {
            _runs.Add(DataReferenceDf.Of(extent));
        }
        else if (entry.Type == AkeyType.Single && space.ReserveScattered(entry.ValueBytes, RunsAllowed, out ReadOnlySpan<DataExtent> runs).IsSuccess)
        {
            foreach (DataExtent run in runs)
            {
                _runs.Add(DataReferenceDf.Of(run));
            }
        }

        entry.RunCount = _runs.Count - entry.FirstRun;
        _store.Shard.NoteSpace();
        return entry.RunCount > 0;
    }

    // Reference and bits of each run go through the log in one record.
    private int RunsAllowed
    {
        get
        {
            int all = Math.Min(ObjectLimits.ScatteredRunsPerUpdateMax, _store.Shard.Log.TransactionBytesMax / 4 / ObjectLimits.RedoBytesPerRun);
            return Math.Clamp(all - _runs.Count, 0, ObjectLimits.RunsPerValueMax);
        }
    }

    private ReadOnlySpan<DataReferenceDf> RunsOf(in UpdateEntry entry) => CollectionsMarshal.AsSpan(_runs).Slice(entry.FirstRun, entry.RunCount);

    private long ReservedBytes()
    {
        long bytes = 0;
        foreach (DataReferenceDf run in _runs)
        {
            bytes += run.Extent.LengthBytes;
        }

        return bytes;
    }

    private void PublishData()
    {
        Invariant.Check(!_unflushed);
        foreach (DataReferenceDf run in _runs)
        {
            _store.Shard.DataSpace.Publish(_store.Memory.Transaction, run.Extent);
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
        for (int i = 0; i < _runs.Count && !_dataPublished; i++)
        {
            _store.Shard.DataSpace.Cancel(_runs[i].Extent);
        }

        _runs.Clear();
    }
}
