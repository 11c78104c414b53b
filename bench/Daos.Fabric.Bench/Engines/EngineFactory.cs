using Daos.Fabric.Bench.Options;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Engines;

/// <summary>Makes the engine that a job names, and holds what the jobs of one run share. Any thread.</summary>
/// <param name="jobs">All jobs of the run.</param>
internal sealed class EngineFactory(IReadOnlyList<JobOptions> jobs) : IDisposable
{
    private readonly SharedSystems _systems = new(jobs);

    internal IoEngine Create(JobOptions options, int copy, OwnerLoop loop)
    {
        bool sdk = options.Uri is null || options.AppThreads;
        return options.Engine switch
        {
            "null" => new NullEngine(options, copy, loop),
            "rpc" => new RpcEngine(options, copy, loop),
            "store" => new StoreEngine(options, copy, loop),
            "bulk" => new BulkEngine(options, copy, loop),
            "kv" or "array" or "object" when sdk => new SdkEngine(options, copy, loop, _systems),
            "kv" => new KeyValueEngine(options, copy, loop),
            "array" => new ArrayEngine(options, copy, loop),
            "object" => new ObjectEngine(options, copy, loop),
            _ => throw new OptionException($"ioengine={options.Engine} is not in this build"),
        };
    }

    /// <summary>Stops the systems that the run started.</summary>
    public void Dispose() => _systems.Dispose();
}
