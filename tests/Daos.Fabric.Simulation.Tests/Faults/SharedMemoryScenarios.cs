using System.Diagnostics;
using Daos.Fabric.Transport.SharedMemory;

namespace Daos.Fabric.Simulation.Tests.Faults;

/// <summary>Shared memory has no simulation: two real loops, driven in turn by the test's thread.</summary>
internal static class SharedMemoryScenarios
{
    private const int Bytes = 1 << 20;

    /// <summary>The kernel refuses in the middle of a copy; the rings take over and every byte comes.</summary>
    internal static FaultRegistry ProcessMemoryRefused()
    {
        var faults = new FaultRegistry(new SeededRandom(1));
        DirectoryInfo directory = Directory.CreateTempSubdirectory("daos-faults-");
        try
        {
            Run(new SharedMemoryProvider(new SharedMemoryOptions { Directory = directory.FullName + "/names" }), faults);
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        return faults;
    }

    private static unsafe void Run(SharedMemoryProvider provider, FaultRegistry faults)
    {
        var handler = new Handler();
        var options = new TransportOptions { Random = new SeededRandom(2), Faults = faults };
        using Reactor.Reactor near = ReactorFactory.Create("epoll");
        using Reactor.Reactor far = ReactorFactory.Create("epoll");
        OwnerLoop[] loops = [new OwnerLoop("near", near, new OwnerLoopOptions()), new OwnerLoop("far", far, new OwnerLoopOptions())];
        using TransportContext client = provider.CreateContext(loops[0], options, new Handler());
        using TransportContext server = provider.CreateContext(loops[1], options, handler);
        TransportUri uri = server.Listen(TransportUri.Parse("shm://faults")).Value;
        TransportConnection connection = Wait(loops, 0, () => client.ConnectAsync(uri, loops[0].Clock.MonotonicNs + 10_000_000_000)).Value;
        RunUntil(loops, () => handler.Accepted is not null);
        byte[] remote = GC.AllocateArray<byte>(Bytes, pinned: true);
        byte[] local = GC.AllocateArray<byte>(Bytes, pinned: true);
        new SeededRandom(3).Fill(remote);
        RemoteMemory memory = default;
        using (loops[0].Enter())
        {
            memory = client.Register(connection, AddressOf(remote), Bytes, MemoryAccess.RemoteRead);
        }

        faults.Arm(FaultPoint.ProcessMemoryRefused, skip: 3, timesMax: 1);
        Assert.Equal(DerCode.Success, Wait(loops, 1, () => handler.Accepted!.ReadRemoteAsync(memory, 0, AddressOf(local), Bytes)));
        Assert.True(local.AsSpan().SequenceEqual(remote));
        client.Dispose();
        server.Dispose();
        RunUntil(loops, () => client.IsQuiet && server.IsQuiet);
    }

    private static unsafe byte* AddressOf(byte[] pinned) => (byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);

    private static T Wait<T>(OwnerLoop[] loops, int at, Func<ValueTask<T>> start)
    {
        Task<T> task;
        using (loops[at].Enter())
        {
            task = AwaitIt(start());
        }

        RunUntil(loops, () => task.IsCompleted);
        return task.GetAwaiter().GetResult();

        static async Task<T> AwaitIt(ValueTask<T> started) => await started;
    }

    private static void RunUntil(OwnerLoop[] loops, Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "it did not come");
            Array.ForEach(loops, loop => loop.RunTurn(0));
        }
    }

    private sealed class Handler : ITransportHandler
    {
        internal TransportConnection? Accepted { get; private set; }

        public void OnAccepted(TransportConnection connection) => Accepted = connection;

        public void OnMessage(TransportConnection connection, in InboundMessage message)
        {
        }

        public void OnWritable(TransportConnection connection)
        {
        }

        public void OnClosed(TransportConnection connection, DerCode reason)
        {
        }
    }
}
