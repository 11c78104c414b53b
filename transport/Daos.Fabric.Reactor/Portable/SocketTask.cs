using System.Net.Sockets;
using Daos.Fabric.Reactor.Errors;

namespace Daos.Fabric.Reactor.Portable;

/// <summary>
/// One kind of asynchronous call on one .NET socket, reused for call after call without allocating. The owner starts it, cancels it and
/// takes its result; when the call ends, whichever thread of .NET noticed puts the task into the reactor's queue of arrivals and does
/// nothing else.
/// </summary>
internal abstract class SocketTask : IDisposable
{
    private const int BadDescriptor = 9;

    private readonly Action _arrive;
    private CancellationTokenSource? _cancellation;

    protected SocketTask(PortableReactor reactor)
    {
        Reactor = reactor;
        _arrive = () => Reactor.Arrive(this);
    }

    /// <summary>The operation's tag while the call is under way, for which the borrowed memory must stay.</summary>
    internal ulong Tag { get; private set; }

    /// <summary>True from the start until the result was taken.</summary>
    internal bool IsUnderWay { get; private set; }

    protected PortableReactor Reactor { get; }

    /// <summary>Starts the call; true when it is over already, so that only its result is to be taken.</summary>
    protected bool Begin(ulong tag)
    {
        Invariant.Check(!IsUnderWay);
        Tag = tag;
        IsUnderWay = true;
        if (_cancellation is null or { IsCancellationRequested: true })
        {
            _cancellation = new CancellationTokenSource();
        }

        return Call(_arrive, _cancellation.Token);
    }

    /// <summary>Asks the call under way for an early end; it arrives all the same.</summary>
    internal void Cancel() => _cancellation?.Cancel();

    /// <summary>Ends the call: what it gave, or a negative errno.</summary>
    internal int TakeResult()
    {
        IsUnderWay = false;
        try
        {
            return End();
        }
        catch (SocketException exception)
        {
            return -SystemErrorMap.ToErrno(exception.SocketErrorCode);
        }
        catch (OperationCanceledException)
        {
            return -Errno.Canceled;
        }
        catch (ObjectDisposedException)
        {
            return -BadDescriptor;
        }
    }

    /// <summary>The socket is closed, with no call under way.</summary>
    public virtual void Dispose() => _cancellation?.Dispose();

    /// <summary>Makes the call; when it does not end at once, <paramref name="arrive"/> is its continuation.</summary>
    protected abstract bool Call(Action arrive, CancellationToken cancellation);

    /// <summary>Reads the result of the call that ended.</summary>
    protected abstract int End();
}
