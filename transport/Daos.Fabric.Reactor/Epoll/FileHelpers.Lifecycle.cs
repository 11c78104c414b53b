using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor.Epoll;

/// <summary>
/// The few threads that make blocking file calls for one epoll reactor. Started with the first call. The reactor's thread queues, cancels,
/// takes results and stops; it never waits except in <see cref="StopAndJoin"/>.
/// </summary>
internal sealed unsafe class FileHelpers(Action wakeOwner)
{
    private const int ThreadCount = 4;

    // A slot has at most one call under way, so neither queue can be full.
    private readonly BoundedQueue<FileRequest> _requests = new(OperationTable.CapacityMax);
    private readonly BoundedQueue<FileRequest> _results = new(OperationTable.CapacityMax);
    private readonly Thread[] _threads = new Thread[ThreadCount];
    private FileRequest?[] _bySlot = [];
    private int _tokensFd = -1;
    private int _idleCount;
    private volatile bool _stop;

    /// <summary>True when a result waits.</summary>
    internal bool HasResults => !_results.IsEmpty;

    /// <summary>The request object of a slot; its former use is over.</summary>
    internal FileRequest ForSlot(int slot)
    {
        if (slot >= _bySlot.Length)
        {
            Array.Resize(ref _bySlot, Math.Max(slot + 1, Math.Max(64, _bySlot.Length * 2)));
        }

        FileRequest request = _bySlot[slot] ??= new FileRequest { Slot = slot };
        request.IsCancelled = false;
        return request;
    }

    internal void Start(FileRequest request)
    {
        if (_tokensFd < 0)
        {
            StartThreads();
        }

        Invariant.Check(_requests.TryEnqueue(request));
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _idleCount) > 0)
        {
            AddTokens(1);
        }
    }

    internal void Cancel(int slot) => _bySlot[slot]!.IsCancelled = true;

    internal FileRequest? TakeResult() => _results.TryDequeue(out FileRequest? request) ? request : null;

    /// <summary>Ends the threads: calls that began end, others never begin.</summary>
    internal void StopAndJoin()
    {
        if (_tokensFd < 0)
        {
            return;
        }

        _stop = true;
        AddTokens(ThreadCount);
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _ = Unistd.close(_tokensFd);
        _tokensFd = -1;
    }

    private void StartThreads()
    {
        _tokensFd = Eventfd.eventfd(0, Eventfd.EFD_CLOEXEC | Eventfd.EFD_SEMAPHORE);
        Invariant.Check(_tokensFd >= 0);
        for (int i = 0; i < ThreadCount; i++)
        {
            _threads[i] = new Thread(Work) { Name = "file-io-" + i, IsBackground = true };
            _threads[i].Start();
        }
    }

    private void AddTokens(ulong count) => _ = Unistd.write(_tokensFd, &count, sizeof(ulong));

    private void Work()
    {
        while (!_stop)
        {
            if (_requests.TryDequeue(out FileRequest? request))
            {
                request.Run();
                Invariant.Check(_results.TryEnqueue(request));
                wakeOwner();
                continue;
            }

            // Say that a token is wanted, look again, and only then sleep: the owner queues first and then looks who sleeps.
            Interlocked.Increment(ref _idleCount);
            if (_requests.IsEmpty && !_stop)
            {
                ulong token;
                _ = Unistd.read(_tokensFd, &token, sizeof(ulong));
            }

            Interlocked.Decrement(ref _idleCount);
        }
    }
}
