namespace Daos.Fabric.Transport.Peer;

/// <summary>
/// A process that tests kill: listens on the address given, prints the address, and then does what messages ask for until it is killed
/// or its standard input ends.
/// </summary>
internal static class Program
{
    private static void Main(string[] arguments)
    {
        using Reactor.Reactor reactor = ReactorFactory.Create();
        var loop = new OwnerLoop("peer", reactor, new OwnerLoopOptions());
        using var handler = new Obedient(loop);
        var options = new TransportOptions { Random = new SeededRandom(SystemEntropy.Seed()) };
        using TransportContext context = new OfiProvider().CreateContext(loop, options, handler);
        handler.Context = context;
        DerResult<TransportUri> uri = context.Listen(TransportUri.Parse(arguments[0]));
        Console.WriteLine(uri.IsSuccess ? uri.Value.ToString() : uri.Code.ToString());
        Task input = Task.Run(Console.In.ReadToEnd);
        while (!input.IsCompleted)
        {
            loop.RunTurn(0);
            handler.Turn();
        }
    }
}
