using Daos.Fabric.Client;
using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Client.Operations;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Engine;
using Daos.Fabric.Engine.Hosting;
using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Loopback;
using Daos.Fabric.Xstreams;

namespace Daos.Fabric.Embedded;

/// <summary>
/// The engine in the application and the client contexts on its xstreams: a call enters the inbox of the xstream that owns the key's target
/// and crosses no other thread. Started and ended from one foreign thread at a time.
/// </summary>
internal static class EmbeddedEngine
{
    private static readonly TransportUri s_primary = TransportUri.Parse("loopback://engine");

    /// <param name="path">The directory.</param>
    /// <param name="options">What the application asks for.</param>
    /// <param name="clientWire">What the client contexts call the engine over, given the engine's own hub; null for loopback.</param>
    internal static async ValueTask<DaosSystem> StartAsync(string path, EmbeddedOptions options, Func<LoopbackHub, TransportProvider>? clientWire = null)
    {
        options.Client.Validate();
        var random = new SeededRandom(options.Client.Seed ?? SystemEntropy.Seed());
        var hub = new LoopbackHub();
        EngineServer server = CreateServer(path, options, hub, random.Fork());
        try
        {
            await server.StartAsync().ConfigureAwait(false);
            return await ConnectAsync(server, options, clientWire?.Invoke(hub) ?? new LoopbackProvider(hub), random).ConfigureAwait(false);
        }
        catch
        {
            await server.StopAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static EngineServer CreateServer(string path, EmbeddedOptions options, LoopbackHub hub, SeededRandom random)
    {
        var engineOptions = new EngineOptions
        {
            Path = path,
            Targets = options.Targets,
            Volatile = options.Volatile,
            Polling = options.Polling,
            Listen = [s_primary],
            DefaultSizes = options.Sizes,
            Log = options.Log,
        };
        return new EngineServer(engineOptions, new EngineEnvironment
        {
            Providers = [new LoopbackProvider(hub)],
            Clock = options.Client.Clock,
            Random = random,
            Host = new ThreadedXstreamHost(),
        });
    }

    private static async Task<DaosSystem> ConnectAsync(EngineServer server, EmbeddedOptions options, TransportProvider wire, SeededRandom random)
    {
        // The system's own xstream first; each target's calls enter where the target lives.
        List<Xstream> xstreams = [server.Context.System.Xstream];
        int[] contextOfTarget = new int[server.TargetCount];
        for (int target = 0; target < server.TargetCount; target++)
        {
            Xstream owner = server.GetLoop(target);
            if (!xstreams.Contains(owner))
            {
                xstreams.Add(owner);
            }

            contextOfTarget[target] = xstreams.IndexOf(owner);
        }

        var blocks = new NativeBlockPool(options.Client.LargeBufferBytesMax);
        var contexts = new List<ClientContext>();
        try
        {
            foreach (Xstream xstream in xstreams)
            {
                SeededRandom seeds = random.Fork();
                contexts.Add(await PostedCall.RunAsync(
                    xstream, () => ValueTask.FromResult(new ClientContext(xstream, options.Client, [wire], seeds, blocks))).ConfigureAwait(false));
            }

            DerCode code = await PostedCall.RunAsync(contexts[0].Loop, () => contexts[0].ConnectAsync(s_primary)).ConfigureAwait(false);
            if (code.IsError)
            {
                throw new DaosException(code, "connect to the embedded engine", server.Options.Path);
            }
        }
        catch
        {
            await CloseAsync(contexts).ConfigureAwait(false);
            blocks.Dispose();
            throw;
        }

        return new DaosSystem([.. contexts], target => contextOfTarget[target], blocks, () => CloseAsync(contexts, server));
    }

    private static async ValueTask CloseAsync(List<ClientContext> contexts, EngineServer server)
    {
        await CloseAsync(contexts).ConfigureAwait(false);
        await server.StopAsync().ConfigureAwait(false);
    }

    private static async ValueTask CloseAsync(List<ClientContext> contexts)
    {
        foreach (ClientContext context in contexts)
        {
            await PostedCall.RunAsync(context.Loop, context.CloseAsync).ConfigureAwait(false);
        }
    }
}
