using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi.Connections;

/// <summary>
/// Processes of this node that have a connection with us: one non-blocking poll over all of them tells which ended, also those killed
/// without a word. Owned by its context's owner thread.
/// </summary>
internal sealed unsafe class PeerWatch(int capacity, Func<long> nowNs) : IDisposable
{
    private readonly NativeSlab _memory = new((long)capacity * sizeof(pollfd));
    private readonly OfiConnection?[] _connections = new OfiConnection?[capacity];

    /// <summary>Processes watched.</summary>
    internal int Count { get; private set; }

    private long? _lastEndNs;
    private int _endedBefore;

    private pollfd* Descriptors => (pollfd*)_memory.Address;

    /// <summary>True when no such process runs.</summary>
    internal static bool HasEnded(int processId)
    {
        int process = Posix.OpenProcess(processId);
        bool hasEnded = Posix.HasEnded(process);
        if (process >= 0)
        {
            _ = Posix.close(process);
        }

        return hasEnded;
    }

    /// <summary>Watches the process behind a connection; false when it cannot be, and silence alone tells its end.</summary>
    internal bool TryAdd(OfiConnection connection, int processId)
    {
        if (Count == capacity || processId <= 0)
        {
            return false;
        }

        // One that ended before it could be watched is told at the next look like any other.
        int descriptor = Posix.OpenProcess(processId);
        if (descriptor == -1)
        {
            return false;
        }

        _endedBefore += descriptor < 0 ? 1 : 0;

        Descriptors[Count] = new pollfd { fd = descriptor, events = Posix.POLLIN };
        _connections[Count++] = connection;
        return true;
    }

    /// <summary>Watches it no more.</summary>
    internal void Remove(OfiConnection connection)
    {
        int index = Array.IndexOf(_connections, connection, 0, Count);
        if (index < 0)
        {
            return;
        }

        Close(Descriptors[index].fd);
        Count--;
        Descriptors[index] = Descriptors[Count];
        _connections[index] = _connections[Count];
        _connections[Count] = null;
    }

    /// <summary>Tells the connections whose peer's process ended.</summary>
    internal void Look()
    {
        if (Count == 0 || (Posix.poll(Descriptors, (nuint)Count, 0) <= 0 && _endedBefore == 0))
        {
            return;
        }

        for (int i = Count - 1; i >= 0; i--)
        {
            if (i < Count && (Descriptors[i].revents != 0 || Descriptors[i].fd < 0) && _connections[i] is { } ended)
            {
                _lastEndNs = nowNs();
                Remove(ended);
                ended.ProcessEnded();
            }
        }
    }

    /// <summary>True when a process was seen to have ended since then.</summary>
    internal bool HasEndedSince(long timeNs) => _lastEndNs >= timeNs;

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < Count; i++)
        {
            Close(Descriptors[i].fd);
        }

        Count = 0;
        _memory.Dispose();
    }

    private void Close(int descriptor)
    {
        if (descriptor < 0)
        {
            _endedBefore--;
            return;
        }

        _ = Posix.close(descriptor);
    }
}
