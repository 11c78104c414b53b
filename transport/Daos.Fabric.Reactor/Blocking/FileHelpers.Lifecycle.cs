namespace Daos.Fabric.Reactor.Blocking;

/// <summary>
/// The few threads that make blocking file calls for one reactor. Started with the first call. The reactor's thread queues, cancels, takes
/// results and stops; it never waits except in <see cref="Dispose"/>.
/// </summary>
internal sealed unsafe class FileHelpers(IFileCalls calls, Action wakeOwner) : IDisposable
{
    private const int ThreadCount = 4;

    // A slot has at most one call under way, so neither queue can be full.
    private readonly BoundedQueue<FileRequest> _requests = new(OperationTable.CapacityMax);
    private readonly BoundedQueue<FileRequest> _results = new(OperationTable.CapacityMax);
    private readonly Thread[] _threads = new Thread[ThreadCount];
    private FileRequest?[] _bySlot = [];
    private Semaphore? _tokens;
    private int _idleCount;
    private volatile bool _stop;

    /// <summary>True when a result waits.</summary>
    internal bool HasResults => !_results.IsEmpty;

    /// <summary>Queues a call for a slot whose former call is over.</summary>
    internal void Start(
        int slot, OperationKind kind, int file, byte* memory, long lengthBytes, long offsetBytes, WriteMode mode)
    {
        FileRequest request = ForSlot(slot);
        request.IsCancelled = false;
        request.Kind = kind;
        request.File = file;
        request.Memory = memory;
        request.LengthBytes = kind == OperationKind.TrimFile ? 0 : (int)lengthBytes;
        request.TrimBytes = lengthBytes;
        request.OffsetBytes = offsetBytes;
        request.Mode = mode;
        if (_tokens is null)
        {
            StartThreads();
        }

        Invariant.Check(_requests.TryEnqueue(request));
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _idleCount) > 0)
        {
            _tokens!.Release();
        }
    }

    internal void Cancel(int slot) => _bySlot[slot]!.IsCancelled = true;

    internal FileRequest? TakeResult() => _results.TryDequeue(out FileRequest? request) ? request : null;

    /// <summary>Ends the threads: calls that began end, others never begin. The one call that waits.</summary>
    public void Dispose()
    {
        if (_tokens is null)
        {
            return;
        }

        _stop = true;
        _tokens.Release(ThreadCount);
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _tokens.Dispose();
        _tokens = null;
    }

    private FileRequest ForSlot(int slot)
    {
        if (slot >= _bySlot.Length)
        {
            Array.Resize(ref _bySlot, Math.Max(slot + 1, Math.Max(64, _bySlot.Length * 2)));
        }

        return _bySlot[slot] ??= new FileRequest { Slot = slot };
    }

    private void StartThreads()
    {
        _tokens = new Semaphore(0, int.MaxValue);
        for (int i = 0; i < ThreadCount; i++)
        {
            _threads[i] = new Thread(Work) { Name = "file-io-" + i, IsBackground = true };
            _threads[i].Start(_tokens);
        }
    }

    private void Work(object? tokens)
    {
        while (!_stop)
        {
            if (_requests.TryDequeue(out FileRequest? request))
            {
                request.Run(calls);
                Invariant.Check(_results.TryEnqueue(request));
                wakeOwner();
                continue;
            }

            // Say that a token is wanted, look again, and only then sleep: the owner queues first and then looks who sleeps.
            Interlocked.Increment(ref _idleCount);
            if (_requests.IsEmpty && !_stop)
            {
                ((Semaphore)tokens!).WaitOne();
            }

            Interlocked.Decrement(ref _idleCount);
        }
    }
}
