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

    internal static async ValueTask<DaosSystem> StartAsync(string path, EmbeddedOptions options)
    {
        options.Client.Validate();
        var random = new SeededRandom(options.Client.Seed ?? SystemEntropy.Seed());
        var hub = new LoopbackHub();
        EngineServer server = CreateServer(path, options, hub, random.Fork());
        try
        {
            await server.StartAsync().ConfigureAwait(false);
            return await ConnectAsync(server, options, hub, random).ConfigureAwait(false);
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

    private static async Task<DaosSystem> ConnectAsync(EngineServer server, EmbeddedOptions options, LoopbackHub hub, SeededRandom random)
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
        var contexts = new ClientContext[xstreams.Count];
        for (int i = 0; i < contexts.Length; i++)
        {
            SeededRandom seeds = random.Fork();
            Xstream xstream = xstreams[i];
            contexts[i] = await PostedCall<ClientContext>.RunAsync(
                xstream,
                () => ValueTask.FromResult(new ClientContext(xstream, options.Client, [new LoopbackProvider(hub)], seeds, blocks))).ConfigureAwait(false);
        }

        var system = new DaosSystem(contexts, target => contextOfTarget[target], blocks, () => CloseAsync(contexts, server));
        DerCode code = await PostedCall<DerCode>.RunAsync(contexts[0].Loop, () => contexts[0].ConnectAsync(s_primary)).ConfigureAwait(false);
        if (code.IsError)
        {
            await system.DisposeAsync().ConfigureAwait(false);
            throw new DaosException(code, "connect to the embedded engine", server.Options.Path);
        }

        return system;
    }

    private static async ValueTask CloseAsync(ClientContext[] contexts, EngineServer server)
    {
        foreach (ClientContext context in contexts)
        {
            await PostedCall<bool>.RunAsync(context.Loop, context.CloseAsync).ConfigureAwait(false);
        }

        await server.StopAsync().ConfigureAwait(false);
    }
}
