using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.SelfTest.Options;

namespace Daos.Fabric.SelfTest.Running;

/// <summary>Every size with every number in flight, from this process or from each master in turn. Owned by the main thread.</summary>
internal sealed class ToolRun(ToolOptions options, ToolLoop loop)
{
    private const long LookNs = 20_000_000;

    /// <summary>Measures, and hands each line on as it is there.</summary>
    /// <exception cref="DaosException">An endpoint cannot be found or reached.</exception>
    internal List<Measurement> Run(Action<Measurement> measured)
    {
        var finder = new EndpointFinder(loop, options);
        List<RpcEndpoint> endpoints = options.Masters.Count == 0 ? loop.Drive(() => finder.FindAsync(options.Endpoints)) : [];
        List<RpcEndpoint> masters = loop.Drive(() => finder.FindAsync(options.Masters));
        var all = new List<Measurement>();
        foreach (SelfTestShape shape in options.Shapes)
        {
            foreach (int inFlight in options.InFlight)
            {
                var plan = new SelfTestPlan
                {
                    Shape = shape,
                    InFlight = inFlight,
                    Repetitions = options.Repetitions,
                    WarmUp = options.WarmUp,
                    CallTimeoutMs = options.TimeoutMs,
                };
                if (masters.Count == 0)
                {
                    Add(RunHere(plan, endpoints));
                }

                for (int i = 0; i < masters.Count; i++)
                {
                    RpcEndpoint master = masters[i];
                    EndpointSpec spec = options.Masters[i];
                    Add(loop.Drive(() => RunThereAsync(plan, master, spec)));
                }
            }
        }

        return all;

        void Add(Measurement measurement)
        {
            all.Add(measurement);
            measured(measurement);
        }
    }

    private Measurement RunHere(SelfTestPlan plan, List<RpcEndpoint> endpoints)
    {
        using ToolMemory memory = loop.Rent(plan.MemoryBytes);
        SelfTestResult result = loop.Drive(() => Prepare(plan, endpoints, memory).RunAsync());
        return new Measurement(null, plan.Shape, plan.InFlight, result, null);
    }

    private unsafe SelfTestRun Prepare(SelfTestPlan plan, List<RpcEndpoint> endpoints, ToolMemory memory) =>
        new(loop.Rpc, plan, endpoints, memory.Address);

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<Measurement> RunThereAsync(SelfTestPlan plan, RpcEndpoint master, EndpointSpec spec)
    {
        DerCode code = await SelfTestCalls.StartAsync(master, plan, [.. options.Endpoints.Select(e => (e.Rank, e.Tag))], DeadlineNs);
        if (code.IsError)
        {
            return Without(plan, spec, $"the master {spec} did not start: {code.Text}, {code}");
        }

        while (true)
        {
            await new Pause(loop.Rpc.Loop, LookNs).TaskWithoutResult;
            DerResult<SelfTestResult?> status = await SelfTestCalls.StatusAsync(master, DeadlineNs);
            if (!status.IsSuccess)
            {
                return Without(plan, spec, $"the master {spec} was lost: {status.Code.Text}, {status.Code}");
            }

            if (status.Value is { } result)
            {
                await SelfTestCalls.StopAsync(master, DeadlineNs);
                return new Measurement(spec, plan.Shape, plan.InFlight, result, null);
            }
        }
    }

    private static Measurement Without(SelfTestPlan plan, EndpointSpec master, string error) => new(master, plan.Shape, plan.InFlight, null, error);

    private long DeadlineNs => loop.Rpc.Loop.NowNs + (options.TimeoutMs * 1_000_000L);
}
