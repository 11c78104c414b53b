using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Reporting;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Reactor;
using Daos.Fabric.Rpc;
using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Bench.Tests.Running;

/// <summary>The rpc and bulk jobs over the loopback server that dfio brings, and over a socket.</summary>
public sealed class RpcJobTests
{
    private const int RunsMax = 6;

    [Theory]
    [InlineData("rpc", 64)]
    [InlineData("bulk", 65536)]
    public void Loopback_AfterTheRamp_AllocatesNothingOnEitherThread(string engine, int blockBytes)
    {
        double least = double.MaxValue;
        for (int run = 0; run < RunsMax && least > 0; run++)
        {
            JobStats stats = Run("--uri=loopback://test", $"--ioengine={engine}", $"--bs={blockBytes}", "--rw=randrw", "--ramp_time=1s", "--iodepth=16").Stats;
            Assert.True(stats.EngineAllocatedBytes >= 0, "the server's thread was not counted");
            least = Math.Min(least, stats.ClientAllocatedBytes + stats.EngineAllocatedBytes);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void BulkBeside_Calls_MovesBytesAndTellsThem()
    {
        Assert.True(Run("--uri=loopback://test", "--ioengine=rpc", "--bs=64", "--rw=randwrite", "--bulk_beside=2").Stats.BesideBytes > 0);
        Assert.Equal(0, Run("--uri=loopback://test", "--ioengine=rpc", "--bs=64", "--rw=randwrite").Stats.BesideBytes);
    }

    [Fact]
    public void IdleConnections_BesideActiveOnes_AreOpenAllTheTime()
    {
        using var server = new Server(connectionsMax: 40);
        JobReport report = Run($"--uri={server.Uri}", "--ioengine=rpc", "--bs=64", "--rw=randwrite", "--connections=3", "--idle_connections=30", "--iodepth=6");
        Assert.Equal(33, server.AcceptedCount);
        Assert.InRange(report.Stats.TotalIos, 5_000, 5_006);
        Assert.Equal(33, report.Stats.Connections.Count);
        Assert.InRange(report.Stats.Connections.Bytes, 33 * 4096, report.Stats.Connections.BytesMax);
    }

    [Fact]
    public void IdleConnections_MoreThanTheServerTakes_FailTheJob()
    {
        using var server = new Server(connectionsMax: 20);
        JobReport report = RunAny($"--uri={server.Uri}", "--ioengine=rpc", "--bs=64", "--rw=randwrite", "--idle_connections=30");
        Assert.Contains("that were to stay idle", report.Error, StringComparison.Ordinal);
    }

    private static JobReport Run(params string[] options)
    {
        JobReport report = RunAny(options);
        Assert.Null(report.Error);
        return report;
    }

    private static JobReport RunAny(params string[] options)
    {
        RunOptions run = CommandLineParser.Parse(["--name=job", "--size=4m", "--number_ios=5000", "--eta=never", .. options]);
        return Assert.Single(JobReport.Collect(BenchRun.Run(run)));
    }

    /// <summary>Answers the self-test module on a unix socket.</summary>
    private sealed class Server : IDisposable
    {
        private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("dfio-test-");
        private readonly OwnerLoop _loop = new("server", ReactorFactory.Create(), new OwnerLoopOptions());
        private readonly OwnerLoopThread _thread;
        private readonly RpcContext _rpc;

        internal Server(int connectionsMax)
        {
            Uri = $"unix://{_directory.FullName}/socket";
            var transport = new TransportOptions { Random = new SeededRandom(1), ConnectionsMax = connectionsMax };
            _rpc = new RpcContext(_loop, new RpcOptions { Transport = transport }, [new SocketsProvider()], hlc: null);
            Assert.True(_rpc.Listen(TransportUri.Parse(Uri)).IsSuccess);
            _thread = new OwnerLoopThread(_loop);
            _thread.Start();
        }

        internal string Uri { get; }

        internal long AcceptedCount => _rpc.Statistics.ConnectionsAccepted;

        public void Dispose()
        {
            _thread.StopAndJoin();
            _rpc.Dispose();
            _loop.Reactor.Dispose();
            _directory.Delete(recursive: true);
        }
    }
}
