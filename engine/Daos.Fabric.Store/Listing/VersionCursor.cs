namespace Daos.Fabric.Store.Listing;

/// <summary>A walk over all versions of a single value, the history and the newest, in both directions. Lives on the stack.</summary>
internal unsafe struct VersionCursor
{
    private readonly TreeMemory _memory;
    private readonly ulong _newest;
    private TreeCursor _history;
    private bool _isAtNewest;

    public VersionCursor(TreeMemory memory, ulong akey)
    {
        _memory = memory;
        _newest = memory.Read<KeyRecordDf>(akey)->Below;
        _history.Reset(memory.Arena, memory.Read<KeyRecordDf>(akey)->History);
    }

    /// <summary>The current version.</summary>
    public readonly ulong Record => _isAtNewest ? _newest : _history.Record;

    /// <summary>Its stamp.</summary>
    public readonly VersionStamp Stamp => _memory.Read<VersionDf>(Record)->Stamp;

    /// <summary>Goes to the oldest version that is not below a stamp.</summary>
    public bool SeekAtLeast(VersionStamp stamp)
    {
        _isAtNewest = !_history.SeekAtLeast(new StampKey(stamp));
        return !_isAtNewest || (_newest != 0 && Stamp >= stamp);
    }

    /// <summary>Goes to the newest version that is not above a stamp.</summary>
    public bool SeekAtMost(VersionStamp stamp)
    {
        _isAtNewest = _newest != 0 && _memory.Read<VersionDf>(_newest)->Stamp <= stamp;
        return _isAtNewest || _history.SeekAtMost(new StampKey(stamp));
    }

    /// <summary>Goes one newer.</summary>
    public bool MoveNext()
    {
        if (_isAtNewest)
        {
            return false;
        }

        _isAtNewest = !_history.MoveNext();
        return !_isAtNewest || _newest != 0;
    }

    /// <summary>Goes one older.</summary>
    public bool MovePrevious()
    {
        if (!_isAtNewest)
        {
            return _history.MovePrevious();
        }

        _isAtNewest = false;
        return _history.SeekLast();
    }
}
