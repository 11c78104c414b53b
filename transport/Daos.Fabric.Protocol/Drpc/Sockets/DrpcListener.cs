using System.Net.Sockets;
using System.Threading.Channels;

namespace Daos.Fabric.Protocol.Drpc.Sockets;

/// <summary>
/// Takes calls at a socket, from any number of sessions at once and one after the other in each, and hands them to modules. Driven by
/// <see cref="ProgressAsync"/> as DAOS drives its own: by one caller at a time, on any thread.
/// </summary>
public sealed class DrpcListener : IAsyncDisposable
{
    private const int PollMs = 1000;

    private readonly Socket _listening;
    private readonly DrpcDispatcher _dispatcher;
    private readonly Func<long, CancellationToken, Task> _delay;
    private readonly Action<string> _log;
    private readonly int _sessionsMax;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<DrpcSession> _sessions = [];
    private readonly Channel<DrpcEvent> _events = Channel.CreateBounded<DrpcEvent>(DrpcLimits.EventsMax);
    private Task<bool>? _waiting;
    private bool _isStarted;
    private int _refused;

    // One for this object itself; what is under way adds to it.
    private int _active = 1;

    /// <param name="listening">Bound and listening (<see cref="DrpcSocketFile.Listen"/>); owned from now on.</param>
    /// <param name="dispatcher">Who answers.</param>
    /// <param name="delay">Waits for so many nanoseconds.</param>
    /// <param name="log">Told a sentence at a time.</param>
    /// <param name="sessionsMax">Sessions at once; further ones are closed.</param>
    public DrpcListener(
        Socket listening, DrpcDispatcher dispatcher, Func<long, CancellationToken, Task> delay, Action<string> log, int sessionsMax = DrpcLimits.SessionsMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sessionsMax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sessionsMax, DrpcLimits.SessionsMax);
        _sessionsMax = sessionsMax;
        _listening = listening;
        _dispatcher = dispatcher;
        _delay = delay;
        _log = log;
    }

    /// <summary>Sessions now; for whoever drives it.</summary>
    public int SessionCount => _sessions.Count;

    /// <summary>What came and was not dealt with yet.</summary>
    internal int EventsAtHand => _events.Reader.Count;

    /// <summary>
    /// Waits until something came, at most so long, and deals with it: a connection becomes a session, a call is given to its module, a session that
    /// ended or cannot be understood is closed. Success: something came. DER_TIMEDOUT: nothing did. DER_CANCELED. Anything else: the listener itself
    /// has failed and no more will come; sessions have not, but nobody looks at them.
    /// </summary>
    /// <param name="timeoutMs">Milliseconds.</param>
    /// <param name="cancel">Gives up; nothing is lost.</param>
    public async Task<DerCode> ProgressAsync(int timeoutMs, CancellationToken cancel = default)
    {
        Start();
        DrpcEvent next;
        while (!_events.Reader.TryRead(out next))
        {
            // A wait that was given up goes on, and may have ended for an event that is dealt with already: then there is another.
            _waiting ??= _events.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
            await WaitAsync(_waiting, timeoutMs, cancel).ConfigureAwait(false);
            if (!_waiting.IsCompleted)
            {
                return cancel.IsCancellationRequested ? DerCode.Canceled : DerCode.TimedOut;
            }

            bool mayHaveMore = await _waiting.ConfigureAwait(false);
            _waiting = null;
            if (!mayHaveMore)
            {
                return DerCode.Shutdown;
            }
        }

        for (int handled = 1; ; handled++)
        {
            DerCode code = Handle(next);
            if (code.IsError || handled == DrpcLimits.EventsMax || !_events.Reader.TryRead(out next))
            {
                return code;
            }
        }
    }

    /// <summary>Drives it until the listener fails, with its code, or the token ends it: DER_CANCELED.</summary>
    public async Task<DerCode> RunAsync(CancellationToken cancel)
    {
        while (true)
        {
            DerCode code = await ProgressAsync(PollMs, cancel).ConfigureAwait(false);
            if (code.IsError && code != DerCode.TimedOut)
            {
                return code;
            }
        }
    }

    /// <summary>Closes everything and waits for the calls under way. After the last <see cref="ProgressAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        _listening.Dispose();
        _events.Writer.TryComplete();
        while (_events.Reader.TryRead(out DrpcEvent late))
        {
            late.Accepted?.Dispose();
        }

        foreach (DrpcSession session in _sessions)
        {
            session.Connection.Dispose();
        }

        _sessions.Clear();
        Leave();
        await _quiet.Task.ConfigureAwait(false);
    }

    private void Start()
    {
        if (!_isStarted)
        {
            _isStarted = true;
            _ = AcceptAsync();
        }
    }

    private async Task WaitAsync(Task something, int timeoutMs, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAny(something, _delay(timeoutMs * 1_000_000L, over.Token)).ConfigureAwait(false);
        over.Cancel();
    }

    private DerCode Handle(DrpcEvent happened)
    {
        if (happened.Accepted is { } socket)
        {
            Accept(socket);
            return DerCode.Success;
        }

        if (happened.Session is not { } session)
        {
            return happened.Code;
        }

        if (happened.Message is null)
        {
            Close(session, happened.Code);
        }
        else if (!DrpcCall.TryRead(happened.Message, out DrpcCall? call))
        {
            _ = RefuseAsync(session, new DrpcResponse(0, DrpcStatus.FailedUnmarshalCall, default));
        }
        else if (call.Sequence <= session.LastSequence)
        {
            _log($"dRPC: a session sent call {call.Sequence} after call {session.LastSequence}");
            _ = RefuseAsync(session, new DrpcResponse(call.Sequence, DrpcStatus.Failure, default));
        }
        else
        {
            session.LastSequence = call.Sequence;
            _ = ServeAsync(session, call);
        }

        return DerCode.Success;
    }

    private void Accept(Socket socket)
    {
        if (_sessions.Count == _sessionsMax)
        {
            socket.Dispose();
            if (_refused++ == 0)
            {
                _log($"dRPC: there are {_sessionsMax} sessions; further ones are closed");
            }

            return;
        }

        var session = new DrpcSession(new DrpcConnection(socket));
        _sessions.Add(session);
        _ = ReceiveAsync(session);
    }

    private void Close(DrpcSession session, DerCode code)
    {
        if (code != DerCode.Shutdown)
        {
            _log($"dRPC: a session is closed: {code.Text}");
        }

        session.Connection.Dispose();
        _sessions.Remove(session);
    }

    private async Task AcceptAsync()
    {
        Enter();
        DerCode code = DerCode.Success;
        while (code.IsSuccess)
        {
            try
            {
                Socket socket = await _listening.AcceptAsync(_ended.Token).ConfigureAwait(false);
                if (!await PostAsync(new DrpcEvent(null, socket, null, DerCode.Success)).ConfigureAwait(false))
                {
                    socket.Dispose();
                    code = DerCode.Shutdown;
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                code = exception is SocketException failed ? DrpcErrors.CodeOf(failed) : DerCode.Shutdown;
            }
        }

        await PostAsync(new DrpcEvent(null, null, null, code)).ConfigureAwait(false);
        Leave();
    }

    private async Task ReceiveAsync(DrpcSession session)
    {
        Enter();
        DerResult<byte[]> message = await session.Connection.ReceiveAsync(_ended.Token).ConfigureAwait(false);
        await PostAsync(new DrpcEvent(session, null, message.IsSuccess ? message.Value : null, message.Code)).ConfigureAwait(false);
        Leave();
    }

    private async Task ServeAsync(DrpcSession session, DrpcCall call)
    {
        Enter();
        DrpcResponse response = await _dispatcher.DispatchAsync(call, _ended.Token).ConfigureAwait(false);
        DerCode code = await session.Connection.SendAsync(response.Write(), _ended.Token).ConfigureAwait(false);
        if (code.IsSuccess)
        {
            _ = ReceiveAsync(session);
        }
        else
        {
            await PostAsync(new DrpcEvent(session, null, null, code == DerCode.Unreachable ? DerCode.Shutdown : code)).ConfigureAwait(false);
        }

        Leave();
    }

    // The answer is a courtesy: what comes next could not be trusted.
    private async Task RefuseAsync(DrpcSession session, DrpcResponse response)
    {
        Enter();
        _ = await session.Connection.SendAsync(response.Write(), _ended.Token).ConfigureAwait(false);
        await PostAsync(new DrpcEvent(session, null, null, DerCode.Protocol)).ConfigureAwait(false);
        Leave();
    }

    // False once the listener was disposed.
    private async ValueTask<bool> PostAsync(DrpcEvent happened)
    {
        try
        {
            await _events.Writer.WriteAsync(happened, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (ChannelClosedException)
        {
            return false;
        }
    }

    private void Enter() => Interlocked.Increment(ref _active);

    private void Leave()
    {
        if (Interlocked.Decrement(ref _active) == 0)
        {
            _quiet.TrySetResult();
        }
    }
}
