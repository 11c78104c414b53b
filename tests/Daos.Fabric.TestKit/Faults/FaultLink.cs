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

        // Unless somebody ends it at this moment: then the sockets are theirs to close.
        Finish();
        ended();
        _ended.SetResult();
    });

    internal void Hold() => Interlocked.CompareExchange(ref _held, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);

    internal void Release() => Interlocked.Exchange(ref _held, null)?.SetResult();

    /// <summary>Waits while bytes are held.</summary>
    internal Task WhenReleased() => Volatile.Read(ref _held)?.Task ?? Task.CompletedTask;

    /// <summary>Both sides hear a reset.</summary>
    internal void Reset() => End(reset: true);

    /// <summary>Both sides hear the end of their stream.</summary>
    internal void Finish() => End(reset: false);

    private void End(bool reset)
    {
        if (Interlocked.Exchange(ref _over, 1) != 0)
        {
            return;
        }

        Release();
        foreach (Socket socket in new[] { near, far })
        {
            if (reset && socket.AddressFamily != AddressFamily.Unix)
            {
                socket.LingerState = new LingerOption(true, 0);
            }

            socket.Close();
        }
    }
}
