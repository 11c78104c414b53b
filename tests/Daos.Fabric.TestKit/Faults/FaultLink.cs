using System.Net.Sockets;

namespace Daos.Fabric.TestKit.Faults;

/// <summary>One connection through a <see cref="FaultProxy"/>: two sockets and a pump for each direction. Any thread.</summary>
internal sealed class FaultLink(Socket near, Socket far, FaultPlan plan, ulong seedOut, ulong seedBack)
{
    private readonly FaultyStream _out = new(plan, seedOut);
    private readonly FaultyStream _back = new(plan, seedBack);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _held;
    private int _over;

    /// <summary>Ends with the connection.</summary>
    internal Task Ended => _ended.Task;

    internal long CountOf(StreamFault fault) => _out.CountOf(fault) + _back.CountOf(fault);

    internal void Start(Action ended) => _ = Task.Run(async () =>
    {
        await Task.WhenAll(
            new FaultPump(this, near, far, _out, plan, seedOut).RunAsync(),
            new FaultPump(this, far, near, _back, plan, seedBack).RunAsync()).ConfigureAwait(false);

        // Only now: closing a socket that a pump still waits on resets the connection, whatever was said before.
        near.Close();
        far.Close();
        ended();
        _ended.SetResult();
    });

    internal void Hold() => Interlocked.CompareExchange(ref _held, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);

    internal void Release() => Interlocked.Exchange(ref _held, null)?.SetResult();

    /// <summary>Waits while bytes are held.</summary>
    internal Task WhenReleased() => Volatile.Read(ref _held)?.Task ?? Task.CompletedTask;

    /// <summary>Both sides hear a reset, unless they heard the end before.</summary>
    internal void Reset()
    {
        Release();
        if (Interlocked.Exchange(ref _over, 1) == 0)
        {
            Reset(near);
            Reset(far);
        }
    }

    /// <summary>Both sides hear the end of their stream, behind what was sent to them; the pumps end by it too.</summary>
    internal void Finish()
    {
        Release();
        if (Interlocked.Exchange(ref _over, 1) == 0)
        {
            Finish(near);
            Finish(far);
        }
    }

    // The link may just have ended by itself: then there is nothing left to end.
    private static void Reset(Socket socket)
    {
        try
        {
            if (socket.AddressFamily != AddressFamily.Unix)
            {
                socket.LingerState = new LingerOption(true, 0);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed by its other side, or by the end of this link.
        }

        socket.Close();
    }

    private static void Finish(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed by its other side, or by the end of this link.
        }
    }
}
