namespace Daos.Fabric.Store.Visibility;

/// <summary>
/// What one operation may see: everything up to a stamp, with or without versions that are not stable yet. Passed by reference,
/// because it collects the newest log position that the answer depends on. Lives on the stack or in a plan.
/// </summary>
internal struct ReadView
{
    private UnstableEpochs _unstable;
    private bool _skipsUnstable;
    private VersionStamp _uncertainTo;

    /// <summary>The newest stamp that may be seen.</summary>
    public VersionStamp Bound { get; private set; }

    /// <summary>Something was met between the bound and the end of what is uncertain: the operation must come again with a newer epoch.</summary>
    public bool MetUncertain { get; private set; }

    /// <summary>Where a search for the newest stamp of interest starts: the bound, or the end of what is uncertain above it.</summary>
    public readonly VersionStamp SearchFrom => VersionStamp.Max(Bound, _uncertainTo);

    /// <summary>The answer must not leave before this position is stable.</summary>
    public LogPosition DependsOn { get; private set; }

    /// <summary>The stand-alone read: the newest stable version of each record. Depends on nothing.</summary>
    public static ReadView NewestStable(UnstableEpochs unstable) => new()
    {
        _unstable = unstable,
        _skipsUnstable = true,
        Bound = new VersionStamp(ulong.MaxValue, ushort.MaxValue),
    };

    /// <summary>Everything up to a stamp, stable or not: listings, queries, checks, reads at an epoch, writes.</summary>
    public static ReadView UpTo(UnstableEpochs unstable, VersionStamp bound) => new() { _unstable = unstable, Bound = bound };

    /// <summary>Everything up to a stamp, with a bound up to which nothing may have been written after the stamp.</summary>
    public static ReadView UpTo(UnstableEpochs unstable, VersionStamp bound, Epoch certainFrom) => new()
    {
        _unstable = unstable,
        Bound = bound,
        _uncertainTo = certainFrom.Value > bound.Epoch ? new VersionStamp(certainFrom.Value, ushort.MaxValue) : default,
    };

    /// <summary>Everything there is, stable or not.</summary>
    public static ReadView Newest(UnstableEpochs unstable) =>
        UpTo(unstable, new VersionStamp(ulong.MaxValue, ushort.MaxValue));

    /// <summary>True when a record with this stamp is to be seen; what was looked at counts for <see cref="DependsOn"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Admits(VersionStamp stamp) =>
        stamp <= Bound ? stamp.Epoch < _unstable.Lowest || AdmitsUnstable(stamp.Epoch) : Passes(stamp);

    private bool Passes(VersionStamp stamp)
    {
        MetUncertain |= stamp <= _uncertainTo;
        return false;
    }

    private bool AdmitsUnstable(ulong epoch)
    {
        if (!_unstable.TryFind(epoch, out LogPosition position))
        {
            return true;
        }

        if (_skipsUnstable)
        {
            return false;
        }

        DependsOn = position > DependsOn ? position : DependsOn;
        return true;
    }
}
