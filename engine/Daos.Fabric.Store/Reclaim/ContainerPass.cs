using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Reclaim;

/// <summary>
/// One way through a container up to an epoch: first the windows between snapshots that nobody went through yet, then the one behind the
/// last snapshot. The container says durably which snapshots are done, so a new pass, also after a crash, goes on there. Owned by one
/// xstream.
/// </summary>
internal sealed unsafe class ContainerPass(ObjectStore store, ContainerTrimmer trimmer)
{
    private ulong _through;
    private EpochWindow _window;
    private bool _isInWindow;
    private bool _isRaised;

    /// <summary>Starts a way through.</summary>
    /// <param name="through">Reads below it, but at snapshots, are refused from the first step on.</param>
    public void Begin(ulong through)
    {
        _through = through;
        _isInWindow = false;
        _isRaised = false;
    }

    /// <summary>Goes on to the end (true) or until the budget is spent or extents are to be merged (false), in the transaction under way.</summary>
    public bool Step(ulong container)
    {
        Raise(container);
        while (true)
        {
            if (!_isInWindow)
            {
                _window = NextWindow(container);
                trimmer.Begin(_window);
                _isInWindow = true;
            }

            if (!trimmer.Step(container))
            {
                return false;
            }

            _isInWindow = false;
            if (_window.Through == _through)
            {
                return true;
            }

            // Unless it was destroyed meanwhile: then what it alone showed is still to be looked for.
            if (store.Snapshots.Contains(container, _window.Through))
            {
                store.Memory.Edit<ContainerDf>(container)->AggregatedSnapshot = _window.Through;
            }
        }
    }

    /// <summary>The window under way.</summary>
    public EpochWindow Window => _window;

    private EpochWindow NextWindow(ulong container)
    {
        ulong snapshot = store.Snapshots.After(container, store.Memory.Read<ContainerDf>(container)->AggregatedSnapshot);
        ulong end = snapshot != 0 && snapshot < _through ? snapshot : _through;
        return new EpochWindow(store.Snapshots.Before(container, end), end);
    }

    // What is removed below the bound may not be asked for any more: the bound is raised in the same transaction as the first removal.
    private void Raise(ulong container)
    {
        if (!_isRaised)
        {
            // Since the bound was chosen something may have been prepared below it here; from now on nothing can be.
            _through = Math.Min(_through, store.Unstable.Open.LowestEpoch() - 1);
        }

        if (!_isRaised && store.Memory.Read<ContainerDf>(container)->AggregatedEpoch < _through)
        {
            store.Memory.Edit<ContainerDf>(container)->AggregatedEpoch = _through;
        }

        _isRaised = true;
    }
}
