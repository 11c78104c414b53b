namespace Daos.Fabric.Metadata.Tests.Conformance;

/// <summary>The embedded store on a thread of its own, with real files, called from the thread pool.</summary>
public sealed class EmbeddedThreadConformanceTests : MetadataConformance
{
    protected override void Run(Func<MetadataFixture, Task> test) => RunAsync(test).GetAwaiter().GetResult();

    private static async Task RunAsync(Func<MetadataFixture, Task> test)
    {
        string path = Path.Combine(AppContext.BaseDirectory, $"metadata-{Environment.ProcessId}-{Guid.NewGuid():N}");
        try
        {
            MetadataThread thread = await MetadataThread.StartAsync(new EmbeddedMetadataOptions
            {
                Path = path,
                Random = new SeededRandom(SystemEntropy.Seed()),
                LogBytes = 2 << 20,
                DataBytes = 16 << 20,
            }).ConfigureAwait(false);
            try
            {
                // The pauses are times to live that pass on the machine's own clock; the tests judge by that clock, never by the pause.
                var fixture = new MetadataFixture(thread.Store, pauseMs => Task.Delay(TimeSpan.FromMilliseconds(pauseMs)), SystemClock.Instance);
                await Task.Run(() => test(fixture)).ConfigureAwait(false);
            }
            finally
            {
                await thread.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
