using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Scrubbing;

/// <content>What happens when a value does not fit its checksums, or cannot be read.</content>
internal sealed partial class Scrubber
{
    // The wait for the log may have taken the value away: what is not there any more is not damaged either.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask MarkAsync(ScrubEntry entry)
    {
        DerCode code;
        do
        {
            code = await _shard.AdmitAsync();
            code = code.IsSuccess ? Mark(in entry) : code;
        }
        while (code == DerCode.Again && !_isStopped);
    }

    private unsafe DerCode Mark(in ScrubEntry entry)
    {
        if (!_walk.IsStill(in entry))
        {
            return DerCode.Success;
        }

        DerCode code = _store.BeginTransaction(freesSpace: true);
        if (code.IsError)
        {
            return code;
        }

        if (entry.IsArray)
        {
            _store.Memory.Edit<ExtentDf>(entry.Record)->Integrity.MarkCorrupted();
        }
        else
        {
            _store.Memory.Edit<VersionDf>(entry.Record)->Integrity.MarkCorrupted();
        }

        code = _store.Memory.Transaction.Commit(out _);
        if (code.IsSuccess)
        {
            Found(in entry);
        }

        return code;
    }

    private void Found(in ScrubEntry entry)
    {
        _store.Corruption.NoteReadError();
        _store.Corruption.Found(new CorruptedValue(
            _walk.Container,
            _walk.Object,
            _walk.Dkey.ToArray(),
            _walk.Akey.ToArray(),
            new Epoch(entry.Stamp.Epoch),
            entry.IsArray,
            entry.FirstByte,
            entry.Bytes));
        _statistics = _statistics with { Corrupted = _statistics.Corrupted + 1 };
        if (_options.Threshold > 0 && _statistics.Corrupted >= _options.Threshold && !_statistics.IsFaulty)
        {
            _statistics = _statistics with { IsFaulty = true };
            _options.OnFaulty?.Invoke(_statistics);
        }
    }

    // A bad device fails again and again: its first failure is told, all are counted.
    private void NoteReadFailure(DerCode code, in ScrubEntry entry)
    {
        _statistics = _statistics with { ReadFailures = _statistics.ReadFailures + 1 };
        if (_statistics.ReadFailures == 1)
        {
            _shard.Options.Report.Fail(
                code,
                $"The scrubber cannot read {entry.Bytes} bytes at {entry.Data.OffsetBytes} of {_shard.DataFile.Path}: {code}. It goes on with what else is there; look at the device.");
        }
    }
}
