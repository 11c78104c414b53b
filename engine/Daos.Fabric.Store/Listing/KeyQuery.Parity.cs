namespace Daos.Fabric.Store.Listing;

/// <summary>
/// Runs of an erasure-coded array on a target that holds parity: a stripe that was written whole has left only parity here, partial writes are
/// kept as data, and a punch of data takes effect on the parity that is older.
/// </summary>
internal sealed unsafe partial class KeyQuery
{
    private readonly ExtentWindows _parity = new(store.Memory);
    private ulong _cells;

    private DerCode LastWithParity(ulong akey, VersionStamp hidden)
    {
        for (ulong end = Math.Max(windows.HighestEnd(akey), DataOf(_parity.HighestEnd(akey, ObjectLimits.ParityBit))); end > 0;)
        {
            ulong parityStart = _parity.StartOf(akey, ParityEndOf(end), ObjectLimits.ParityBit);
            ulong start = Math.Max(windows.StartOf(akey, end, 0), DataOf(parityStart));
            DerCode code = BuildBoth(akey, hidden, start, end);
            if (code.IsError || Last(start, end))
            {
                return code;
            }

            end = start;
        }

        return DerCode.Nonexist;
    }

    private DerCode FirstWithParity(ulong akey, VersionStamp hidden)
    {
        for (ulong start = 0; start < ObjectLimits.ParityBit;)
        {
            ulong parityEnd = _parity.EndOf(akey, ParityOf(start), ulong.MaxValue);
            ulong end = Math.Min(windows.EndOf(akey, start, ObjectLimits.ParityBit), DataOf(parityEnd));
            DerCode code = BuildBoth(akey, hidden, start, end);
            if (code.IsError || First(start, end))
            {
                return code;
            }

            start = end;
        }

        return DerCode.Nonexist;
    }

    private DerCode BuildBoth(ulong akey, VersionStamp hidden, ulong start, ulong end)
    {
        Invariant.Check(start < end);
        DerCode code = --_visitsLeft < 0 ? DerCode.Overflow : windows.Build(akey, hidden, ref _view, start, end);
        return code.IsError ? code : _parity.Build(akey, hidden, ref _view, ParityOf(start), ParityEndOf(end));
    }

    private bool Last(ulong start, ulong end)
    {
        for (int i = windows.Fragments.Length - 1; i >= 0; i--)
        {
            ExtentFragment data = windows.Fragments[i];
            if (!data.IsHole)
            {
                _foundRun = data;
                return true;
            }

            for (int j = _parity.Fragments.Length - 1; j >= 0; j--)
            {
                if (Covers(_parity.Fragments[j], data, start, end))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private bool First(ulong start, ulong end)
    {
        foreach (ExtentFragment data in windows.Fragments)
        {
            if (!data.IsHole)
            {
                _foundRun = data;
                return true;
            }

            foreach (ExtentFragment parity in _parity.Fragments)
            {
                if (Covers(parity, data, start, end))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // Parity speaks for what was never written as data, and for what was punched before it was written.
    private bool Covers(ExtentFragment parity, ExtentFragment hole, ulong start, ulong end)
    {
        ulong from = Math.Max(Math.Max(DataOf(parity.Start), hole.Start), start);
        ulong to = Math.Min(Math.Min(DataOf(parity.End), hole.End), end);
        bool covers = !parity.IsHole && from < to && (hole.Extent == 0 || StampOf(parity.Extent) > StampOf(hole.Extent));
        _foundRun = covers ? new ExtentFragment(from, to, parity.Extent, IsHole: false) : _foundRun;
        return covers;
    }

    private VersionStamp StampOf(ulong extent) => store.Memory.Read<ExtentDf>(extent)->Stamp;

    // Where the first record of data lies that a record of parity stands for; what would lie behind the end of all data, there.
    private ulong DataOf(ulong parity)
    {
        ulong index = parity & ~ObjectLimits.ParityBit;
        return parity < ObjectLimits.ParityBit ? 0 : index > ObjectLimits.ParityBit / _cells ? ObjectLimits.ParityBit : index * _cells;
    }

    private ulong ParityOf(ulong data) => (data / _cells) | ObjectLimits.ParityBit;

    private ulong ParityEndOf(ulong data) => ObjectLimits.ParityBit + ((data - 1) / _cells) + 1;
}
