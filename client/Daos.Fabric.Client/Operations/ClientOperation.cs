using System.Threading.Tasks.Sources;
using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Client.Errors;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Client.Objects;

namespace Daos.Fabric.Client.Operations;

/// <summary>
/// One call of the SDK from any thread: encoded by its caller, carried through the inbox of the owner thread that serves its target,
/// completed there, and read where its await asked. Pooled; a call allocates nothing. One owner at a time: caller, owner thread, reader.
/// </summary>
/// <remarks>
/// <code>
/// handshake   written by        meaning
/// Pending     Start             nobody waits, not done
/// Awaited     OnCompleted       the continuation is stored; Complete sends it on its way
/// Completed   Complete          the result may be read; an OnCompleted that comes later sends its continuation on its way itself
///
/// errand      on owner thread   what Execute does when a loop runs this item
/// Start       the context's     runs the call
/// Continue    the awaiter's     runs the continuation of a caller that is an owner thread itself
/// Return      the context's     the awaiter's inbox was full: tries again
/// </code>
/// Completion and OnCompleted race through one exchange on the handshake; whoever comes second dispatches. After Complete's exchange found
/// Pending, the owner thread touches nothing of the operation any more: the reader may already have returned it to the pool.
/// It returns when its last holder lets go: the call itself, a cancellation on its way, a <see cref="DaosValue"/> that reads its memory.
/// </remarks>
internal sealed partial class ClientOperation : WorkItem, IThreadPoolWorkItem
{
    private const int Pending = 0;
    private const int Awaited = 1;
    private const int Completed = 2;

    private readonly OperationPool _pool;
    private readonly Action _callEnded;
    private readonly CancelItem _cancelItem;
    private readonly List<DaosFetchIod> _fetches = [];

    private ValueTask<DerCode> _running;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private string _name = "";
    private Errand _errand;

    private Action<object?>? _continuation;
    private object? _continuationState;
    private object? _home;
    private int _handshake;
    private int _holders;
    private int _generation;
    private short _version;

    internal ClientOperation(OperationPool pool, ClientCall call)
    {
        _pool = pool;
        Call = call;
        _callEnded = OnCallEnded;
        _cancelItem = new CancelItem(this);
    }

    private enum Errand : byte
    {
        Start,
        Continue,
        Return,
    }

    /// <summary>Request and reply.</summary>
    internal ClientCall Call { get; }

    /// <summary>Where the reply of a read goes when it is awaited; empty when nobody wants it there.</summary>
    internal Memory<byte> Destination { get; set; }

    /// <summary>The same for callers that write into a buffer writer.</summary>
    internal System.Buffers.IBufferWriter<byte>? Writer { get; set; }

    /// <summary>True when the values of a fetch come back inside the message.</summary>
    internal bool FetchesInline { get; set; }

    private ClientContext Context => _pool.Context;

    /// <summary>
    /// Sends the encoded call on its way and returns this, to be awaited through one of its faces. From here on the operation belongs to the
    /// owner thread. DER_AGAIN when the owner's inbox is full; then nothing happened.
    /// </summary>
    internal ClientOperation Start(string name, CancellationToken token)
    {
        _name = name;
        _token = token;
        _errand = Errand.Start;
        _handshake = Pending;
        _holders = 1;
        Call.CancelRequested = false;
        if (token.CanBeCanceled)
        {
            _registration = token.UnsafeRegister(static state => ((ClientOperation)state!).OnTokenCanceled(), this);
        }

        if (!Context.Loop.TryPost(this))
        {
            _pool.Ended();
            Finish();
            Throw.Failed(DerCode.Again, name, null, "The inbox of the thread that serves the target is full", token);
        }

        return this;
    }

    /// <summary>Keeps what a fetch is to fill in when it is awaited; the caller's list is not looked at again.</summary>
    internal ReadOnlySpan<DaosFetchIod> KeepFetches(IReadOnlyList<DaosFetchIod> iods)
    {
        for (int i = 0; i < iods.Count; i++)
        {
            _fetches.Add(iods[i]);
        }

        return CollectionsMarshal.AsSpan(_fetches);
    }

    /// <summary>Gives the operation back unused.</summary>
    internal void Abandon()
    {
        _fetches.Clear();
        _pool.Ended();
        _holders = 1;
        LetGo();
    }

    /// <summary>The memory of a held value; throws once it was given back.</summary>
    internal ReadOnlySpan<byte> ReadHeldValue(int generation)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _generation) != generation, typeof(DaosValue));
        return Call.Value;
    }

    /// <summary>Gives a held value back; only the first call for a generation counts.</summary>
    internal void ReleaseHeldValue(int generation)
    {
        if (Interlocked.CompareExchange(ref _generation, generation + 1, generation) == generation)
        {
            LetGo();
        }
    }

    /// <summary>Adds a holder: the operation's memory stays until it lets go.</summary>
    internal void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>Removes a holder; the last one returns the operation to its pool.</summary>
    internal void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Call.Release();
            _pool.Return(this);
        }
    }

    /// <inheritdoc/>
    protected override void Execute()
    {
        switch (_errand)
        {
            case Errand.Start:
                RunCall();
                break;
            case Errand.Continue:
                RunContinuation();
                break;
            default:
                SendHome((OwnerThread)_home!);
                break;
        }
    }

    /// <summary>On a thread of the pool: user code runs here and nowhere below.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        switch (_home)
        {
            // Contexts and schedulers are user code as well: they are asked from here, not from an owner thread.
            case SynchronizationContext context:
                _home = null;
                context.Post(static state => ((ClientOperation)state!).RunContinuation(), this);
                break;
            case TaskScheduler scheduler:
                _home = null;
                new Task(static state => ((ClientOperation)state!).RunContinuation(), this).Start(scheduler);
                break;
            default:
                RunContinuation();
                break;
        }
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA2012", Justification = "Kept for the one continuation, which consumes it.")]
    private void RunCall()
    {
        _running = Context.RunAsync(Call);
        if (_running.IsCompleted)
        {
            OnCallEnded();
        }
        else
        {
            _running.GetAwaiter().UnsafeOnCompleted(_callEnded);
        }
    }

    private void OnCallEnded()
    {
        ValueTask<DerCode> running = _running;
        _running = default;
        try
        {
            Call.Code = running.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            Context.Loop.ReportUnhandled(exception);
            Call.Code = DerCode.Misc;
        }

        _pool.Ended();
        Complete();
    }

    private void Complete()
    {
        if (Interlocked.Exchange(ref _handshake, Completed) == Awaited)
        {
            Dispatch();
        }
    }

    private void Dispatch()
    {
        if (_home is OwnerThread home)
        {
            SendHome(home);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void SendHome(OwnerThread home)
    {
        _errand = Errand.Continue;
        if (ReferenceEquals(home, OwnerThread.Current))
        {
            home.Schedule(this);
        }
        else if (!home.TryPost(this))
        {
            // Never lost and never waited for: this thread's next turn tries again.
            _errand = Errand.Return;
            Context.Loop.Schedule(this);
        }
    }

    private void RunContinuation()
    {
        Action<object?> continuation = _continuation!;
        object? state = _continuationState;
        _continuation = null;
        _continuationState = null;
        _home = null;
        continuation(state);
    }

    // Runs on the thread that cancels, at the latest inside the registration's disposal, so the operation is still in use here.
    private void OnTokenCanceled()
    {
        Call.CancelRequested = true;
        Hold();
        _cancelItem.Post();
    }

    // What every end of a use has in common. The registration goes first: afterwards no cancellation can begin.
    private void Finish()
    {
        _registration.Dispose();
        _registration = default;
        _token = default;
        Destination = default;
        Writer = null;
        _fetches.Clear();
        _version++;
        LetGo();
    }

    /// <summary>Carries a cancellation to the owner thread, and holds the operation until it arrived.</summary>
    private sealed class CancelItem(ClientOperation operation) : WorkItem, IThreadPoolWorkItem
    {
        internal void Post()
        {
            if (!operation.Context.Loop.TryPost(this))
            {
                // The inbox is full of work that drains; the pool asks again so that the canceller does not wait here.
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }

        void IThreadPoolWorkItem.Execute() => Post();

        protected override void Execute()
        {
            operation.Call.CancelActive();
            operation.LetGo();
        }
    }
}
