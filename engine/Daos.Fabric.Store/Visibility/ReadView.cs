using Daos.Fabric.Store.Transactions.Tables;

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
    private uint _own;

    /// <summary>What happens at records of undecided transactions of others.</summary>
    public OpenRule Rule { get; set; }

    /// <summary>
    /// Success, or why nothing can be said: DER_INPROGRESS, DER_DATA_LOSS or DER_TX_UNCERTAIN, by an undecided transaction that was met.
    /// </summary>
    public DerCode Refusal { get; set; }

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
        Rule = OpenRule.StandAlone,
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

    /// <summary>This view's own transaction, whose records it sees.</summary>
    public void SeesOwn(uint reference) => _own = reference;

    /// <summary>
    /// True when a version or extent with this stamp, of this transaction if it is undecided, is to be seen; what was looked at counts for
    /// <see cref="DependsOn"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Admits(VersionStamp stamp, uint transaction) =>
        stamp <= Bound
            ? (transaction == 0 && stamp.Epoch < _unstable.Lowest) || AdmitsUnsettled(stamp.Epoch, transaction, isPunch: false)
            : Passes(stamp);

    /// <summary>As <see cref="Admits(VersionStamp, uint)"/>, for an event of an incarnation log.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Admits(in IncarnationEventDf seen) =>
        seen.Stamp <= Bound
            ? (seen.Transaction == 0 && seen.Epoch < _unstable.Lowest)
                || AdmitsUnsettled(seen.Epoch, seen.Transaction, seen.Kind == IncarnationKind.Punch)
            : Passes(seen.Stamp);

    private bool Passes(VersionStamp stamp)
    {
        MetUncertain |= stamp <= _uncertainTo;
        return false;
    }

    private bool AdmitsUnsettled(ulong epoch, uint transaction, bool isPunch) =>
        (transaction == 0 || transaction == _own || AdmitsOpen(transaction, isPunch))
        && (epoch < _unstable.Lowest || AdmitsUnstable(epoch));

    private bool AdmitsOpen(uint transaction, bool isPunch)
    {
        OpenTransactions open = _unstable.Open;
        Availability availability = open.AvailabilityOf(transaction);
        if (availability is Availability.Shown or Availability.Gone || Rule == OpenRule.StepsOver)
        {
            return availability == Availability.Shown;
        }

        if (Rule == OpenRule.Either)
        {
            return isPunch;
        }

        if (Rule == OpenRule.StandAlone && availability == Availability.Undecided)
        {
            return false;
        }

        bool isFirst = Refusal.IsSuccess;
        Refusal = !isFirst ? Refusal : availability switch
        {
            Availability.Lost => DerCode.DataLoss,
            Availability.Unknown => DerCode.TxUncertain,
            _ => DerCode.InProgress,
        };
        open.NoteBlocking(transaction, isFirst);
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
