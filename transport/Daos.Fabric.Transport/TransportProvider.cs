using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Transport;

/// <summary>A kind of wire (what Mercury calls NA). Stateless apart from what its contexts share; any thread.</summary>
public abstract class TransportProvider
{
    /// <summary>The schemes of its addresses, such as <c>tcp</c> and <c>unix</c>.</summary>
    public abstract IReadOnlyList<string> Schemes { get; }

    /// <summary>
    /// Tells the provider of memory that will be registered often and that a peer on this machine may map. A provider that maps nothing
    /// ignores it. Any thread.
    /// </summary>
    /// <param name="region">Stays alive until <see cref="Unshare"/>, and until nothing of it is registered any more.</param>
    public virtual void Share(ShareableRegion region)
    {
    }

    /// <summary>Takes <see cref="Share"/> back; before the region is disposed. Any thread.</summary>
    public virtual void Unshare(ShareableRegion region)
    {
    }

    /// <summary>Opens this provider on one owner thread. Start-up only.</summary>
    /// <param name="loop">The owner thread; every callback comes on it.</param>
    /// <param name="options">Limits.</param>
    /// <param name="handler">Receives messages and connection events.</param>
    public abstract TransportContext CreateContext(OwnerLoop loop, TransportOptions options, ITransportHandler handler);
}
