using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor;

/// <summary>
/// Runs an <see cref="OwnerLoop"/> on a thread of its own until stopped: spins or blocks while idle as its options say. Start and
/// stop from one foreign thread.
/// </summary>
public sealed class OwnerLoopThread
{
    private readonly OwnerLoop _loop;
    private readonly Thread _thread;
    private volatile bool _stop;

    /// <param name="loop">Nobody else runs its turns from now on.</param>
    public OwnerLoopThread(OwnerLoop loop)
    {
        _loop = loop;
        _thread = new Thread(Run) { Name = loop.Name, IsBackground = true };
    }

    /// <summary>False when the core that the options name does not exist or is not allowed; the thread then runs unpinned.</summary>
    public bool IsPinned { get; private set; }

    /// <summary>Starts the thread.</summary>
    public void Start() => _thread.Start();

    /// <summary>
    /// Ends the loop after its current turn, waits until the kernel has let go of all memory (<see cref="Reactor.Quiesce"/>) and the
    /// thread has ended. The reactor may then be disposed on any thread.
    /// </summary>
    public void StopAndJoin()
    {
        _stop = true;
        _loop.Reactor.Wake();
        _thread.Join();
    }

    private void Run()
    {
        IsPinned = _loop.Options.PinCore >= 0 && Affinity.TryPin(_loop.Options.PinCore);
        if (_loop.Options.PinCore >= 0 && !IsPinned)
        {
            _loop.Options.OnPinFailed?.Invoke(_loop);
        }

        var spinner = new IdleSpinner(_loop.Options, _loop.Reactor.Statistics);
        long waitNs = 0;
        while (!_stop)
        {
            waitNs = spinner.After(_loop.RunTurn(waitNs), _loop.NowNs);
        }

        using OwnerThread.EnterScope scope = _loop.Enter();
        _loop.Reactor.Quiesce();
        _loop.Ended();
    }
}
