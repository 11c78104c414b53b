namespace Daos.Fabric.Metadata.Embedded;

/// <summary>An embedded store on a thread of its own, for hosts without xstreams (daos_server). Start and end from foreign threads.</summary>
public sealed class MetadataThread : IAsyncDisposable
{
    private readonly OwnerLoop _loop;
    private readonly OwnerLoopThread _thread;
    private EmbeddedMetadataStore? _store;

    private MetadataThread(OwnerLoop loop)
    {
        _loop = loop;
        _thread = new OwnerLoopThread(loop);
    }

    /// <summary>The store; any thread may call it until this is disposed.</summary>
    public IMetadataStore Store => _store!;

    /// <summary>Starts the thread and opens the store. Throws as <see cref="EmbeddedMetadataStore.OpenAsync"/>.</summary>
    public static async Task<MetadataThread> StartAsync(EmbeddedMetadataOptions options)
    {
        var loop = new OwnerLoop("metadata", ReactorFactory.Create(), new OwnerLoopOptions { Polling = PollingPolicy.Sleep });
        var made = new MetadataThread(loop);
        made._thread.Start();
        try
        {
            Task<EmbeddedMetadataStore> opening = LoopCall.TryRun(loop, () => EmbeddedMetadataStore.OpenAsync(loop, options))
                ?? throw new DaosException(DerCode.Busy, "open metadata", options.Path, "its thread takes no calls");
            made._store = await opening.ConfigureAwait(false);
            return made;
        }
        catch
        {
            made.Stop();
            throw;
        }
    }

    /// <summary>Closes the store and ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        await _store!.DisposeAsync().ConfigureAwait(false);
        Stop();
    }

    private void Stop()
    {
        _thread.StopAndJoin();
        _loop.Reactor.Dispose();
    }
}
