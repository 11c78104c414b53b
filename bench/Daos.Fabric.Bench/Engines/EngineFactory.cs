using Daos.Fabric.Bench.Options;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Engines;

/// <summary>Makes the engine that a job names, and holds what the jobs of one run share. Any thread.</summary>
internal sealed class EngineFactory : IDisposable
{
    internal IoEngine Create(JobOptions options, int copy, OwnerLoop loop) => options.Engine switch
    {
        "null" => new NullEngine(options, copy, loop),
        _ => throw new OptionException($"ioengine={options.Engine} is not in this build"),
    };

    public void Dispose()
    {
    }
}
