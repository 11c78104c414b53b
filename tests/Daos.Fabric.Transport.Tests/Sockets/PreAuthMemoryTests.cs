namespace Daos.Fabric.Transport.Tests.Sockets;

/// <summary>What a connection costs before it said who it is. Measures the process, so nothing runs beside it.</summary>
[Collection(MeasuredAlone.Name)]
public sealed class PreAuthMemoryTests(ITestOutputHelper output) : IDisposable
{
    private const int BytesMax = 16 * 1024;

    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    // Segments and what libssl takes come from the C library's heap, objects from the managed one. libssl takes 72 KB of its own from a
    // connection's first byte on; what is ours stays below the same bound.
    [Theory]
    [InlineData(false, BytesMax)]
    [InlineData(true, BytesMax + 80_000)]
    [Trait("Id", "W7")]
    public void Memory_BeforeTheHandshake_IsLittlePerConnection(bool isTls, int bytesMax)
    {
        const int Count = 1_000;
        using var server = new ScriptedServer(tls: isTls ? _certificates.Issue("server") : null);
        server.Handler.Keep = false;
        server.Reactor.KeepSent = false;
        byte[] begun = isTls ? [0x16, 0x03, 0x01, 0x01, 0x00, 0x01] : Frames.HelloFrame()[..20];
        for (int i = 0; i < 10; i++)
        {
            server.Feed(server.ConnectMute(), begun);
        }

        long before = Taken();
        for (int i = 0; i < Count; i++)
        {
            server.Reactor.Feed(server.ConnectMute(), begun);
        }

        server.Run(50);
        Assert.Equal(Count + 10, server.Reactor.OpenSockets);
        long each = (Taken() - before) / Count;
        output.WriteLine($"W7: memory-{(isTls ? "tls" : "plain")}={each}");
        Assert.InRange(each, 100, bytesMax);
    }

    private static long Taken() =>
        GC.GetTotalMemory(forceFullCollection: true) + NativeHeap.BytesInUse();
}
