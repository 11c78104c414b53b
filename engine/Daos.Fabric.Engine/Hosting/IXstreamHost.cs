using Daos.Fabric.Xstreams.Placement;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Hosting;

/// <summary>
/// Where an engine's xstreams get their reactors and their turns: threads in a process, a single thread in the simulator. Called from
/// the thread that starts or stops the engine.
/// </summary>
public interface IXstreamHost
{
    /// <summary>The file system, for what is looked at before any xstream exists.</summary>
    IReactorFiles Files { get; }

    /// <summary>A reactor for one xstream.</summary>
    Reactor.Reactor CreateReactor(XstreamPlan plan);

    /// <summary>Turns begin.</summary>
    void Start(Xstream xstream);

    /// <summary>
    /// A ULT held its xstream too long: says so to the log. Called on the xstream, which is late already, so a real host formats and writes
    /// elsewhere, and allocates nothing here.
    /// </summary>
    void ReportSlow(Xstream xstream, in SlowSlice slow, Action<string> log) => log($"{xstream.Name}: {slow}");

    /// <summary>Says a sentence to the log; called on any thread. The log may block, so a real host writes elsewhere than on an xstream.</summary>
    void Report(string sentence, Action<string> log) => log(sentence);

    /// <summary>No turn runs after this returns.</summary>
    void Stop(Xstream xstream);
}
