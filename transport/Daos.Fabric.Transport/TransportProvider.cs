namespace Daos.Fabric.Transport;

/// <summary>A kind of wire (what Mercury calls NA). Stateless apart from what its contexts share; any thread.</summary>
public abstract class TransportProvider
{
    /// <summary>The schemes of its addresses, such as <c>tcp</c> and <c>unix</c>.</summary>
    public abstract IReadOnlyList<string> Schemes { get; }

    /// <summary>Opens this provider on one owner thread. Start-up only.</summary>
    /// <param name="loop">The owner thread; every callback comes on it.</param>
    /// <param name="options">Limits.</param>
    /// <param name="handler">Receives messages and connection events.</param>
    public abstract TransportContext CreateContext(OwnerLoop loop, TransportOptions options, ITransportHandler handler);
}
