namespace Daos.Fabric.Transport.Tests.Contract;

/// <summary>The contract on what runs outside the simulator, which itself allocates: after warm-up nothing is allocated.</summary>
public abstract class AllocationTests : ContractTests
{
    [Fact]
    public void Messages_AfterWarmUp_AllocateNothing()
    {
        using Pair pair = Open().Connect();
        pair.ServerHandler.Keep = false;
        pair.ClientHandler.Keep = false;
        pair.ServerHandler.OnEach = Echo;
        Assert.Equal(0, AllocatedBytes(() => RunEchoes(pair, 4000), rounds: 4));
    }

    [Fact]
    public void OneSided_AfterWarmUp_AllocatesNothing()
    {
        using Pair pair = Open().Connect();
        using var remote = new NativeBlock(300_000);
        using var local = new NativeBlock(300_000);
        RemoteMemory memory = Register(pair, remote, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);
        var driver = new TransferDriver(pair.Far, memory, local);
        Assert.Equal(0, AllocatedBytes(() => RunTransfers(pair, driver, 50), rounds: 4));
        Assert.Equal(0, driver.Failures);
    }

    /// <summary>They are read between the marks of a measurement, and by whoever watches a system that serves.</summary>
    [Fact]
    public void Statistics_Read_AllocatesNothing()
    {
        using Pair pair = Open().Connect();
        long connections = 0;
        Assert.Equal(0, AllocatedBytes(() => connections += pair.Server.Statistics.Connections, rounds: 4));
        Assert.Equal(4, connections);
    }

    // The harness itself may allocate in its first rounds; the smallest of several rounds is what the product needs.
    private static long AllocatedBytes(Action round, int rounds)
    {
        long least = long.MaxValue;
        for (int i = 0; i < rounds; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static void RunEchoes(Pair pair, int count)
    {
        long target = pair.ClientHandler.MessageCount + count;
        long sent = 0;
        while (pair.ClientHandler.MessageCount < target)
        {
            using (pair.ClientLoop.Enter())
            {
                for (int i = 0; i < 16 && sent < count && pair.Near.CanSend; i++, sent++)
                {
                    pair.Near.BeginMessage(100)[..100].Clear();
                    pair.Near.EndMessage(100);
                }
            }

            pair.Turn();
        }
    }

    private static void RunTransfers(Pair pair, TransferDriver driver, int count)
    {
        using (pair.ServerLoop.Enter())
        {
            driver.Start(pair.ServerLoop, count);
        }

        while (driver.IsRunning)
        {
            pair.Turn();
        }
    }
}
