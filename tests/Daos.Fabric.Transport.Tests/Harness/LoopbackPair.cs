namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>Loopback on one owner thread or between two.</summary>
internal sealed class LoopbackPair : Pair
{
    internal LoopbackPair(bool cross, Func<TransportOptions, TransportOptions>? change = null, OwnerLoopOptions? serverOptions = null)
    {
        var provider = new LoopbackProvider(new LoopbackHub());
        var client = new OwnerLoop("client", new IdleReactor(), new OwnerLoopOptions());
        OwnerLoop server = cross ? new OwnerLoop("server", new IdleReactor(), serverOptions ?? new OwnerLoopOptions()) : client;
        var options = new TransportOptions { Random = new SeededRandom(7) };
        options = change?.Invoke(options) ?? options;
        Client = provider.CreateContext(client, options, ClientHandler);
        Server = provider.CreateContext(server, options, ServerHandler);
        Address = Server.Listen(TransportUri.Parse("loopback://server")).Value;
    }

    internal override void RunUntil(Func<bool> condition, string what)
    {
        for (int turn = 0; turn < 100_000; turn++)
        {
            if (condition())
            {
                return;
            }

            Turn();
        }

        Assert.Fail($"{what} did not come");
    }

    internal override string DescribeHeld() => ((LoopbackContext)Client).DescribeHeld() + ((LoopbackContext)Server).DescribeHeld();

    public override void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
