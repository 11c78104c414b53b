namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>
/// A thread that frees owner threads which wait inside libfabric for a lock whose holder was killed: shm keeps one lock per endpoint in
/// shared memory, takes it for every command and while it copies, and waits for it without end. It runs while shm endpoints are open in this
/// process, and does nothing but look. Any thread; owners come here when endpoints and connections open and end.
/// </summary>
internal static class ShmGuard
{
    private static readonly Lock s_lock = new();
    private static readonly List<ShmCalls> s_watched = [];
    private static readonly AutoResetEvent s_changed = new(false);
    private static bool s_isRunning;

    /// <summary>Watches an endpoint.</summary>
    internal static void Add(ShmCalls endpoint)
    {
        lock (s_lock)
        {
            s_watched.Add(endpoint);
            if (!s_isRunning)
            {
                s_isRunning = true;
                new Thread(Run) { IsBackground = true, Name = "ofi shm guard" }.Start();
            }
        }
    }

    /// <summary>Watches it no more.</summary>
    internal static void Remove(ShmCalls endpoint)
    {
        lock (s_lock)
        {
            if (s_watched.Remove(endpoint))
            {
                endpoint.Close();
                s_changed.Set();
            }
        }
    }

    /// <summary>A connection of the endpoint leads to another process.</summary>
    internal static void AddPeer(ShmCalls endpoint, object connection, int processId, ReadOnlySpan<byte> address)
    {
        ShmRegionView? region = ShmRegionView.TryOpen(address, processId);
        lock (s_lock)
        {
            endpoint.Add(connection, processId, region);
        }
    }

    /// <summary>That connection ended.</summary>
    internal static void RemovePeer(ShmCalls endpoint, object connection)
    {
        lock (s_lock)
        {
            endpoint.Remove(connection);
        }
    }

    /// <summary>
    /// Looks once at all endpoints of this process. One owner may wait for the lock of another's endpoint, so whenever one waits, the locks
    /// of all are judged.
    /// </summary>
    internal static void Look(List<ShmCalls> endpoints)
    {
        bool waits = false;
        foreach (ShmCalls endpoint in endpoints)
        {
            waits |= endpoint.Look();
        }

        if (waits)
        {
            endpoints.ForEach(static e => e.GiveBack());
        }
    }

    // Ends with the last endpoint; the next one starts another.
    private static void Run()
    {
        while (true)
        {
            _ = s_changed.WaitOne(Limits.GuardLookMs);
            lock (s_lock)
            {
                if (s_watched.Count == 0)
                {
                    s_isRunning = false;
                    return;
                }

                Look(s_watched);
            }
        }
    }
}
