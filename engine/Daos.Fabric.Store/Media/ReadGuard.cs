namespace Daos.Fabric.Store.Media;

/// <summary>
/// Keeps freed blocks from being written again while a read that found them is under way. Readers enter a period; a free is tagged with
/// the period then current and may be reused once that period and all older ones have no reader. Owned by one owner thread.
/// </summary>
internal sealed class ReadGuard
{
    private const int PeriodsMax = 1024;

    private readonly int[] _readers = new int[PeriodsMax];
    private long _current;
    private long _oldest;

    /// <summary>Starts a read; give the ticket back with <see cref="Leave"/>.</summary>
    internal long Enter()
    {
        _readers[_current % PeriodsMax]++;
        return _current;
    }

    /// <summary>Ends a read.</summary>
    internal void Leave(long ticket)
    {
        ref int readers = ref _readers[ticket % PeriodsMax];
        Invariant.Check(readers > 0);
        readers--;
    }

    /// <summary>The tag of something freed now: readers that enter from here on cannot have found it.</summary>
    internal long Tag()
    {
        if (_readers[_current % PeriodsMax] == 0)
        {
            // Nobody reads in this period yet: who enters it later cannot have found what is freed now.
            return _current - 1;
        }

        // With all periods taken, frees share the current one and wait a little longer.
        long tag = _current;
        if (_current + 1 - Advance() < PeriodsMax)
        {
            _current++;
        }

        return tag;
    }

    /// <summary>True when no reader can still use what was freed with this tag.</summary>
    internal bool IsOver(long tag) => tag < Advance() || (_oldest == _current && _readers[_current % PeriodsMax] == 0);

    private long Advance()
    {
        while (_oldest < _current && _readers[_oldest % PeriodsMax] == 0)
        {
            _oldest++;
        }

        return _oldest;
    }
}
