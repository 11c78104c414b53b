using Daos.Fabric.Embedded;
using Daos.Fabric.Engine;
using Daos.Fabric.Transport.Loopback;

namespace Daos.Fabric.Client.Tests.Embedded;

/// <summary>An embedded engine that starts and whose client contexts cannot be made or connected: nothing stays of either.</summary>
public sealed class EmbeddedConnectTests : IDisposable
{
    private const long MiB = 1024 * 1024;

    private readonly string _directory = Directory.CreateTempSubdirectory("daos-embedded-").FullName;
    private readonly EmbeddedOptions _options = new()
    {
        Targets = 2,
        Sizes = new ShardSizes { ArenaBytes = 256 * MiB, LogBytes = 16 * MiB, DataBytes = 64 * MiB },
    };

    private string Store => Path.Combine(_directory, "store");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Connect_NobodyAnswers_FreesContextsAndEngine()
    {
        // The engine listens on its own hub.
        var wire = new RecordingWire(new LoopbackProvider(new LoopbackHub()), contextsMax: int.MaxValue);
        Assert.Equal(DerCode.Unreachable, await FailureOfAsync(wire));
        Assert.NotEmpty(wire.Contexts);
        Assert.All(wire.Contexts, c => Assert.True(c.IsDisposed));
        await StartAgainAsync();
    }

    [Fact]
    public async Task Connect_AContextCannotBeMade_FreesThoseBeforeItAndTheEngine()
    {
        var all = new RecordingWire(new LoopbackProvider(new LoopbackHub()), contextsMax: int.MaxValue);
        await FailureOfAsync(all);
        var wire = new RecordingWire(new LoopbackProvider(new LoopbackHub()), all.Contexts.Count - 1);
        Assert.Equal(DerCode.NoMemory, await FailureOfAsync(wire));
        Assert.Equal(all.Contexts.Count - 1, wire.Contexts.Count);
        Assert.All(wire.Contexts, c => Assert.True(c.IsDisposed));
        await StartAgainAsync();
    }

    private async Task<DerCode> FailureOfAsync(RecordingWire wire)
    {
        DaosException failure = await Assert.ThrowsAsync<DaosException>(async () => await EmbeddedEngine.StartAsync(Store, _options, _ => wire));
        return failure.Code;
    }

    // An engine that still ran would hold the directory.
    private async Task StartAgainAsync()
    {
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync(Store, _options);
        Assert.NotNull(await system.CreatePoolAsync("pool"));
    }
}
