using Daos.Fabric.Xstreams;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Tests.Hosting;

/// <summary>Reports of slow ULTs leave the xstream as values and are written by another thread.</summary>
public sealed class ThreadedXstreamHostTests
{
    private const int Reports = 200;

    [Fact]
    public void ReportSlow_WriterThatBlocks_DoesNotHoldTheCallerAndCountsWhatWasDropped()
    {
        var host = new ThreadedXstreamHost();
        var xstream = new Xstream("target-0", ReactorFactory.Create(), new XstreamOptions());
        var sentences = new List<string>();
        using var mayWrite = new ManualResetEventSlim();
        int writer = 0;
        void Log(string sentence)
        {
            mayWrite.Wait(TestContext.Current.CancellationToken);
            writer = Environment.CurrentManagedThreadId;
            sentences.Add(sentence);
        }

        Action<string> log = Log;
        host.Start(xstream);
        host.ReportSlow(xstream, default, log);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 1; i < Reports; i++)
        {
            host.ReportSlow(xstream, default, log);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        mayWrite.Set();
        host.Stop(xstream);
        xstream.Reactor.Dispose();

        Assert.NotEqual(Environment.CurrentManagedThreadId, writer);
        Assert.InRange(sentences.Count, 1, Reports - 1);
        Assert.All(sentences, s => Assert.StartsWith("target-0: ", s, StringComparison.Ordinal));
        Assert.Contains(sentences, s => s.Contains("more reports were dropped", StringComparison.Ordinal));
    }
}
