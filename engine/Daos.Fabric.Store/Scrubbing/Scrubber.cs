using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Scrubbing;

/// <summary>
/// The scrubber of a shard: one ULT that walks all its values in slices, compares each with its checksums, and marks what does not fit any
/// more. Between slices it waits as its mode says. Owned by the shard's xstream.
/// </summary>
internal sealed partial class Scrubber : IDisposable
{
    // About 50 us each, whichever is met first.
    private const int RecordsPerSlice = 32;
    private const int BytesPerSlice = 64 << 10;

    // What is expected of a pass, and what idles, changes meanwhile: look again.
    private const long WaitMaxNs = 1_000_000_000;

    private readonly StoreShard _shard;
    private readonly ObjectStore _store;
    private readonly OwnerLoop _loop;
    private readonly ScrubOptions _options;
    private readonly ScrubWalk _walk;
    private readonly ScrubCheck _check;
    private readonly ScrubPace _pace;
    private readonly ScrubIdle? _idle;
    private readonly ScrubSleep _sleep;
    private ScrubStatistics _statistics;
    private long _passStartNs;
    private bool _isStopped;

    internal Scrubber(StoreShard shard, ScrubOptions options)
    {
        _shard = shard;
        _store = shard.Objects;
        _loop = shard.Loop;
        _options = options.Validate();
        _walk = new ScrubWalk(_store, options.IsPassedOver);
        _check = new ScrubCheck(_store.Memory, _store.Digests);
        bool isLazy = options.Mode == ScrubMode.Lazy;
        _pace = new ScrubPace(isLazy ? 0 : options.FrequencySeconds * 1_000_000_000L, options.BytesPerSecondMax);
        _idle = isLazy ? new ScrubIdle(options.ForegroundCount ?? (() => _store.OperationCount)) : null;
        _sleep = new ScrubSleep(_loop);
    }

    /// <summary>Figures.</summary>
    internal ScrubStatistics Statistics => _statistics;

    /// <summary>True until the ULT has ended.</summary>
    internal bool IsRunning { get; private set; } = true;

    /// <summary>Ends it soon: after the I/O that is under way.</summary>
    internal void Stop()
    {
        _isStopped = true;
        _sleep.Stop();
    }

    /// <summary>Frees its buffers, after its ULT has ended, or a crash took it.</summary>
    public void Dispose() => _check.Dispose();

    /// <summary>Pass after pass until stopped, or until the shard has stopped.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask RunAsync()
    {
        while (await PassAsync())
        {
            long nextNs = _passStartNs + (_options.FrequencySeconds * 1_000_000_000L);
            do
            {
                await _sleep.WaitAsync(Math.Clamp(nextNs - _loop.NowNs, 0, WaitMaxNs));
            }
            while (!_isStopped && _loop.NowNs < nextNs);
        }

        Dispose();
        IsRunning = false;
    }

    // False when it did not come to its end.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<bool> PassAsync()
    {
        _walk.Begin();
        _passStartNs = _loop.NowNs;
        _pace.Begin(_passStartNs);
        _statistics = _statistics with { PassBytes = 0 };
        while (true)
        {
            await WaitTurnAsync();
            if (_isStopped || _shard.State.IsError)
            {
                return false;
            }

            ScrubStep step = Slice(out ScrubEntry entry);
            if (step == ScrubStep.End)
            {
                EndPass();
                return true;
            }

            if (step == ScrubStep.Read)
            {
                step = await ReadAsync(entry);
            }

            if (step == ScrubStep.Damaged)
            {
                await MarkAsync(entry);
            }
        }
    }

    // Values in the arena until the slice is spent, or until one comes that needs more than that.
    private ScrubStep Slice(out ScrubEntry entry)
    {
        long startNs = _loop.Clock.MonotonicNs;
        int records = RecordsPerSlice;
        long end = _statistics.PassBytes + BytesPerSlice;
        ScrubStep step;
        do
        {
            step = _walk.MoveNext(ref records, out entry);
            if (step != ScrubStep.Value)
            {
                break;
            }

            step = Look(in entry);
        }
        while (step == ScrubStep.Pause && _statistics.PassBytes < end);
        _statistics = _statistics with { BusyNs = _statistics.BusyNs + _loop.Clock.MonotonicNs - startNs };
        return step;
    }

    private ScrubStep Look(in ScrubEntry entry)
    {
        if (!entry.IsToBeChecked)
        {
            _statistics = _statistics with { Unchecked = _statistics.Unchecked + (entry.Media == ValueMedia.Hole ? 0 : 1) };
            return ScrubStep.Pause;
        }

        _statistics = _statistics with { Values = _statistics.Values + 1 };
        if (entry.Media == ValueMedia.Data)
        {
            return ScrubStep.Read;
        }

        Count(entry.Bytes);
        return _check.FitsInArena(in entry) ? ScrubStep.Pause : ScrubStep.Damaged;
    }

    // A mark is for as long as the value: damage is looked at twice, in case it was the reading that failed.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<ScrubStep> ReadAsync(ScrubEntry entry)
    {
        DerCode code = await CompareAsync(entry);
        code = code == DerCode.Checksum ? await CompareAsync(entry) : code;
        if (code.IsError && code != DerCode.Checksum && code != DerCode.Nonexist && code != DerCode.Canceled)
        {
            NoteReadFailure(code, in entry);
        }

        return code == DerCode.Checksum ? ScrubStep.Damaged : ScrubStep.Pause;
    }

    // DER_NONEXIST when the value went meanwhile, DER_CANCELED, DER_CSUM, DER_IO.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> CompareAsync(ScrubEntry entry)
    {
        DerCode code = DerCode.Success;
        int length;
        for (long done = 0; done < entry.Bytes && code.IsSuccess; done += length)
        {
            if (done > 0)
            {
                await WaitTurnAsync();
            }

            // Blocks are not given to others while somebody reads who found them: only for this long, because a pass may pause for hours.
            long ticket = _shard.DataSpace.EnterRead();
            length = (int)Math.Min(ScrubCheck.PieceBytes, entry.Bytes - done);
            code = _isStopped ? DerCode.Canceled : Resume(in entry, isFirst: done == 0);
            if (code.IsSuccess)
            {
                long offset = entry.Locate(_store.Memory, done, out long left);
                length = (int)Math.Min(length, left);
                long whole = DataExtent.BlocksFor(length) * (long)DataExtent.BlockBytes;
                code = await _shard.ReadDataAsync(_check.PieceAddress, (int)whole, offset);
            }

            _shard.DataSpace.LeaveRead(ticket);
            if (code.IsSuccess)
            {
                Count(length);
                code = Feed(length);
            }
        }

        _check.Drop();
        return code;
    }

    private DerCode Resume(in ScrubEntry entry, bool isFirst) =>
        !_walk.IsStill(in entry) ? DerCode.Nonexist
        : isFirst && !_check.Begin(in entry) ? DerCode.Checksum
        : DerCode.Success;

    private DerCode Feed(int lengthBytes)
    {
        long startNs = _loop.Clock.MonotonicNs;
        DerCode code = _check.Feed(lengthBytes);
        _statistics = _statistics with { BusyNs = _statistics.BusyNs + _loop.Clock.MonotonicNs - startNs };
        return code;
    }

    private void Count(long bytes)
    {
        _pace.Add(bytes);
        _statistics = _statistics with { Bytes = _statistics.Bytes + bytes, PassBytes = _statistics.PassBytes + bytes };
    }

    // Everybody else has a turn; then as long as pace and others' work say.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask WaitTurnAsync()
    {
        await _sleep.WaitAsync(0);
        long waitNs;
        while (!_isStopped && (waitNs = WaitNs()) > 0)
        {
            await _sleep.WaitAsync(Math.Min(waitNs, WaitMaxNs));
        }
    }

    private long WaitNs()
    {
        StoreSpace space = _shard.Space;
        long used = space.MetadataTotalBytes - space.MetadataFreeBytes + space.DataTotalBytes - space.DataFreeBytes;
        return Math.Max(_pace.WaitNs(_loop.NowNs, used), _idle?.WaitNs(_loop.NowNs) ?? 0);
    }

    private void EndPass()
    {
        _pace.End();
        _statistics = _statistics with
        {
            Passes = _statistics.Passes + 1,
            LastPassBytes = _statistics.PassBytes,
            LastPassNs = _loop.NowNs - _passStartNs,
            PassBytes = 0,
        };
        _options.OnPassEnded?.Invoke(_statistics);
    }
}
