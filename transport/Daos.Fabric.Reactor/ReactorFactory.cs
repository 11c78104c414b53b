using Daos.Fabric.Core.Time;
using Daos.Fabric.Reactor.Epoll;
using Daos.Fabric.Reactor.Posix;
using Daos.Fabric.Reactor.Uring;

namespace Daos.Fabric.Reactor;

/// <summary>
/// Chooses the reactor of this machine. Any thread; the reactor belongs to the thread that first turns it.
/// </summary>
public static class ReactorFactory
{
    /// <summary>The environment variable that forces a kind.</summary>
    public const string Variable = "DAOS_REACTOR";

    /// <summary>
    /// Makes a reactor: the kind asked for, else the one that <see cref="Variable"/> names, else io_uring where the kernel lets us and
    /// epoll otherwise.
    /// </summary>
    /// <param name="kind">"uring", "epoll" or null.</param>
    /// <param name="clock">Null for the machine's.</param>
    /// <param name="files">Null for the machine's.</param>
    /// <exception cref="ArgumentException">The kind is unknown.</exception>
    /// <exception cref="InvalidOperationException">The kind was asked for and cannot be had; the message says why.</exception>
    public static Reactor Create(string? kind = null, IClock? clock = null, IReactorFiles? files = null)
    {
        kind ??= Environment.GetEnvironmentVariable(Variable);
        clock ??= SystemClock.Instance;
        files ??= new PosixFiles();
        switch (kind)
        {
            case null or "" or "auto":
                return (Reactor?)UringReactor.TryCreate(clock, files, out _) ?? new EpollReactor(clock, files);
            case "uring":
                return UringReactor.TryCreate(clock, files, out string reason)
                    ?? throw new InvalidOperationException($"{Variable}=uring: {reason}; use epoll");
            case "epoll":
                return new EpollReactor(clock, files);
            default:
                throw new ArgumentException($"reactor '{kind}' is unknown: {Variable} is uring, epoll or auto", nameof(kind));
        }
    }
}
