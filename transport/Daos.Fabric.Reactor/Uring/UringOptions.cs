namespace Daos.Fabric.Reactor.Uring;

/// <summary>Which of io_uring's optional features a reactor uses where the kernel has them. Immutable.</summary>
public sealed record UringOptions
{
    /// <summary>
    /// A loop that sleeps is woken by a message into its ring, which any thread can send since Linux 6.13: shorter than an eventfd that the
    /// ring reads. False, or an older kernel: by the eventfd.
    /// </summary>
    public bool RingMessages { get; init; } = true;
}
