using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Reclaim;

/// <summary>
/// Takes away what no epoch that stays readable shows of one window of one container, and stops at arrays whose extents are worth putting
/// together when somebody is there who does it. Owned by one xstream.
/// </summary>
internal sealed unsafe class ContainerTrimmer(ObjectStore store, RecordFreer freer, StepBudget budget, MergeScan? merges = null)
    : ContainerWalk(store, freer, budget)
{
    private readonly VersionTrimmer _versions = new(freer, budget);
    private readonly ExtentTrimmer _extents = new(freer, budget, store.Unstable);
    private EpochWindow _window;
    private bool _isTrimmed;
    private bool _hasChanged;

    /// <summary>Extents of the array that the walk stands at are to be put together, as the scan says, before the next step.</summary>
    public bool WantsMerge { get; private set; }

    /// <summary>Starts at a container's first object.</summary>
    public void Begin(EpochWindow window)
    {
        _window = window;
        Start(window.Last, only: null);
    }

    /// <summary>What <see cref="WantsMerge"/> asked for is done, or could not be.</summary>
    public void Merged(bool isDone)
    {
        WantsMerge = false;
        _hasChanged |= isDone;
    }

    /// <inheritdoc/>
    protected override bool DoAkey(ulong akey, VersionStamp hidden) => Memory.Read<KeyRecordDf>(akey)->Type switch
    {
        AkeyType.Single => _versions.TrimSingle(akey, hidden, _window),
        AkeyType.Array => DoArray(akey, hidden),
        _ => true,
    };

    /// <inheritdoc/>
    protected override TrimOutcome DoEvents(WalkLevel entity, ulong log, VersionStamp hiddenAbove) =>
        _versions.TrimEvents(log, hiddenAbove, _window);

    /// <inheritdoc/>
    protected override void Forget()
    {
        _extents.Reset();
        merges?.Reset();
        _isTrimmed = false;
        _hasChanged = false;
        WantsMerge = false;
    }

    // A merge may uncover what else can go or be put together: each round but the last one has made the array smaller.
    private bool DoArray(ulong akey, VersionStamp hidden)
    {
        do
        {
            if (!_isTrimmed && !_extents.Trim(akey, hidden, _window))
            {
                return false;
            }

            if (merges is null)
            {
                return true;
            }

            _isTrimmed = true;
            MergeSearch search = merges.Next(akey, hidden, _window);
            if (search != MergeSearch.None)
            {
                WantsMerge = search == MergeSearch.Found;
                return false;
            }
        }
        while (StartsAgain());
        return true;
    }

    private bool StartsAgain()
    {
        bool again = _hasChanged;
        if (again)
        {
            _extents.Reset();
            merges!.Reset();
            _isTrimmed = false;
            _hasChanged = false;
        }

        return again;
    }
}
