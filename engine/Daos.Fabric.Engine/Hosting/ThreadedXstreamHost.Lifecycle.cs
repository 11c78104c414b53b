using Daos.Fabric.Xstreams.Placement;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Hosting;

/// <summary>Runs each xstream on a thread of its own. Used by one engine, from the thread that starts and stops it.</summary>
/// <param name="reactors">Makes the reactor of each xstream; null for what suits the machine.</param>
/// <param name="files">The file system; null for the machine's.</param>
public sealed class ThreadedXstreamHost(Func<XstreamPlan, Reactor.Reactor>? reactors = null, IReactorFiles? files = null) : IXstreamHost
{
    private readonly Dictionary<Xstream, OwnerLoopThread> _threads = [];
    private readonly HostLog _log = new();

    /// <inheritdoc/>
    public IReactorFiles Files { get; } = files ?? ReactorFactory.CreateFiles();

    /// <inheritdoc/>
    public Reactor.Reactor CreateReactor(XstreamPlan plan) => reactors is null ? ReactorFactory.Create(files: Files) : reactors(plan);

    /// <inheritdoc/>
    public void Start(Xstream xstream)
    {
        _log.Start();
        var thread = new OwnerLoopThread(xstream);
        _threads.Add(xstream, thread);
        thread.Start();
    }

    /// <inheritdoc/>
    public void Stop(Xstream xstream)
    {
        if (_threads.Remove(xstream, out OwnerLoopThread? thread))
        {
            thread.StopAndJoin();
        }

        if (_threads.Count == 0)
        {
            _log.StopAndJoin();
        }
    }

    /// <inheritdoc/>
    public void ReportSlow(Xstream xstream, in SlowSlice slow, Action<string> log) => _log.Add(xstream.Name, in slow, log);

    /// <inheritdoc/>
    public void Report(string sentence, Action<string> log) => _log.Add(sentence, log);
}
