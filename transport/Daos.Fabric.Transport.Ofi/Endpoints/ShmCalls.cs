using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>
/// One shm endpoint as <see cref="ShmGuard"/> sees it: whether its owner is inside a call of libfabric, and which processes could have left
/// a lock held. The owner writes the count of calls; everything else is used under the guard's lock.
/// </summary>
internal sealed unsafe class ShmCalls(ShmRegionView? own)
{
    private readonly List<Peer> _peers = [];
    private long _calls;
    private long _callSeen;
    private int _looksInCall;
    private int _looksSinceLoss = int.MaxValue;

    /// <summary>Locks given back in place of processes that ended.</summary>
    internal int Unlocked { get; private set; }

    /// <summary>True when the memory has the form that we know, so that a lock that is left can be given back.</summary>
    internal bool CanUnlock => own is not null;

    /// <summary>
    /// True when a transfer ends in the call that starts it, so that libfabric knows of nothing under way with a peer that ended. Any thread.
    /// </summary>
    internal bool EndsInCall => own is { CopiesDirectly: true };

    /// <summary>Calls entered and left so far: odd while the owner is inside one. Any thread.</summary>
    internal long Steps => Volatile.Read(ref _calls);

    /// <summary>The owner enters or leaves a call. Owner thread.</summary>
    internal void Step() => Volatile.Write(ref _calls, _calls + 1);

    /// <summary>A process that may take locks of ours, and we its.</summary>
    internal void Add(object connection, int processId, ShmRegionView? region)
    {
        _peers.Add(new Peer(connection, Posix.OpenProcess(processId), region));
    }

    /// <summary>The connection to it ended.</summary>
    internal void Remove(object connection)
    {
        int index = _peers.FindIndex(p => ReferenceEquals(p.Connection, connection));
        if (index >= 0)
        {
            Peer peer = _peers[index];
            _looksSinceLoss = peer.HasEnded() ? 0 : _looksSinceLoss;
            peer.Dispose();
            _peers.RemoveAt(index);
        }
    }

    /// <summary>Looks once at the owner and at the locks; true when the owner is in the same call for so many looks.</summary>
    internal bool Look()
    {
        _looksSinceLoss = _looksSinceLoss < Limits.GuardLossLooks ? _looksSinceLoss + 1 : int.MaxValue;
        own?.Look();
        _peers.ForEach(static p => p.Region?.Look());
        long call = Steps;
        _looksInCall = (call & 1) == 1 && call == _callSeen ? _looksInCall + 1 : 0;
        _callSeen = call;
        return _looksInCall >= Limits.GuardLooks;
    }

    /// <summary>An owner of this process waits for a lock: those that nobody touches and that a process had which is gone are given back.</summary>
    internal void GiveBack()
    {
        bool isLost = _looksSinceLoss != int.MaxValue;
        foreach (Peer peer in _peers)
        {
            bool hasEnded = peer.HasEnded();
            isLost |= hasEnded;
            if (hasEnded && peer.Region is { IsUntouched: true } region)
            {
                Unlock(region);
            }
        }

        if (isLost && own is { IsUntouched: true })
        {
            Unlock(own);
        }
    }

    /// <summary>The endpoint is closed.</summary>
    internal void Close()
    {
        _peers.ForEach(static p => p.Dispose());
        _peers.Clear();
        own?.Dispose();
    }

    private void Unlock(ShmRegionView region)
    {
        region.Unlock();
        Unlocked++;
    }

    private readonly record struct Peer(object Connection, int Descriptor, ShmRegionView? Region)
    {
        internal bool HasEnded() => Posix.HasEnded(Descriptor);

        internal void Dispose()
        {
            Region?.Dispose();
            if (Descriptor >= 0)
            {
                _ = Posix.close(Descriptor);
            }
        }
    }
}
