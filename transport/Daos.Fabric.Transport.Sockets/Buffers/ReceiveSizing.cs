namespace Daos.Fabric.Transport.Sockets.Buffers;

/// <summary>
/// Whether a connection receives into a small segment, as one with little to say does, or into a large one, so that a busy one makes few
/// system calls. Owned by one owner thread.
/// </summary>
internal struct ReceiveSizing
{
    private int _largeLeft;
    private int _askedBytes;

    /// <summary>True when the next receive should be small.</summary>
    internal readonly bool IsSmall => _largeLeft == 0;

    /// <summary>A receive of this length begins.</summary>
    internal void Ask(int bytes) => _askedBytes = bytes;

    /// <summary>It brought so many bytes.</summary>
    internal void Note(int bytes)
    {
        if (bytes == _askedBytes || bytes > Limits.SmallSegmentBytes)
        {
            _largeLeft = Limits.ReceivesBeforeSmall;
        }
        else if (_largeLeft > 0)
        {
            _largeLeft--;
        }
    }

    /// <summary>Nothing was said for long.</summary>
    internal void Rest() => _largeLeft = 0;
}
