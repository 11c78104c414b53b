using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Transport;

/// <summary>A provider on one owner thread: listeners, connections, registered memory. Owned by that thread.</summary>
public abstract unsafe class TransportContext : IDisposable
{
    /// <summary>The owner thread.</summary>
    public abstract OwnerLoop Loop { get; }

    /// <summary>Figures for reports; brought up to date by the call. Owner thread.</summary>
    public virtual TransportStatistics Statistics { get; } = new();

    /// <summary>Listens; start-up only. The result is the address that peers use (with the port chosen for port 0).</summary>
    public abstract DerResult<TransportUri> Listen(TransportUri uri);

    /// <summary>
    /// Connects; DER_UNREACH when nobody answers, DER_INVAL for an address this provider cannot read, DER_TIMEDOUT at the deadline.
    /// </summary>
    public abstract ValueTask<DerResult<TransportConnection>> ConnectAsync(TransportUri uri, long deadlineNs);

    /// <summary>
    /// Lets one peer read or write this memory by one-sided transfers until <see cref="Deregister"/>. The memory must be native or
    /// pinned. The key cannot be guessed and is valid on that connection only.
    /// </summary>
    public abstract RemoteMemory Register(TransportConnection peer, byte* address, long lengthBytes, MemoryAccess access);

    /// <summary>
    /// Revokes a registration. When it returns no further byte of the memory is touched, except by a transfer that was inside the
    /// kernel at that moment.
    /// </summary>
    /// <param name="peer">The connection that the memory was registered for; it may be closed.</param>
    /// <param name="memory">What <see cref="Register"/> gave.</param>
    /// <param name="whenSafe">Scheduled on <see cref="Loop"/> once the kernel is done too, when that was not so at once.</param>
    /// <returns>
    /// True when the memory is free now (<paramref name="whenSafe"/> is not used then); false when <paramref name="whenSafe"/> will say
    /// so. Without a <paramref name="whenSafe"/> false means: the connection was told, keep the memory until it closed.
    /// </returns>
    public abstract bool Deregister(TransportConnection peer, RemoteMemory memory, WorkItem? whenSafe);

    /// <summary>
    /// Says that transfers will often use memory of this slab, so that a provider which must register local memory does so once. The
    /// slab may be freed on the owner thread while no transfer uses it, before or after the context.
    /// </summary>
    public virtual void UseSlab(NativeSlab slab)
    {
    }

    /// <summary>True once, after <see cref="Dispose"/>, nothing of this context is in the kernel any more: the loop may end.</summary>
    public virtual bool IsQuiet => true;

    /// <summary>Closes every connection and listener.</summary>
    public abstract void Dispose();
}
