namespace Daos.Fabric.Metadata.KeySpaces;

/// <summary>Where one watch is in the history. Owned by one owner thread.</summary>
internal sealed class WatchCursor(WatchHub hub, MetadataRange range, long next)
{
    private Action? _wake;
    private DerCode _ended;

    /// <summary>The next changes; DER_AGAIN when there are none yet. DER_EP_OLD.</summary>
    internal DerResult<MetadataChanges> TryNext()
    {
        if (_ended.IsError)
        {
            return _ended;
        }

        for (; next <= hub.Space.Visible; next++)
        {
            if (next <= hub.Space.Compacted)
            {
                End(DerCode.EpochOld);
                return _ended;
            }

            if (hub.Space.ChangesOf(next, range) is { } changes)
            {
                next++;
                return changes;
            }
        }

        return DerCode.Again;
    }

    /// <summary>Calls once when there may be more.</summary>
    internal void OnMore(Action wake)
    {
        Invariant.Check(_wake is null);
        _wake = wake;
        hub.Wait(this);
    }

    /// <summary>There is nothing more; the first reason stays.</summary>
    internal void End(DerCode code) => _ended = _ended.IsError ? _ended : code;

    internal void Wake()
    {
        Action? wake = _wake;
        _wake = null;
        wake?.Invoke();
    }
}
