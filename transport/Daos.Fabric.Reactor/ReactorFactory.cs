using Daos.Fabric.Core.Time;
using Daos.Fabric.Reactor.Epoll;
using Daos.Fabric.Reactor.Native;
using Daos.Fabric.Reactor.Portable;
using Daos.Fabric.Reactor.Posix;
using Daos.Fabric.Reactor.Uring;

namespace Daos.Fabric.Reactor;

/// <summary>
/// Chooses the reactor of this machine: io_uring where the kernel lets us, else epoll, else .NET alone. Any thread; the reactor belongs to
/// the thread that first turns it.
/// </summary>
public static class ReactorFactory
{
    /// <summary>The environment variable that forces a kind.</summary>
    public const string Variable = "DAOS_REACTOR";

    private const string Uring = "uring";
    private const string Epoll = "epoll";
    private const string Portable = "portable";
    private const string Known = $"{Variable} is uring, epoll, portable or auto";

    /// <summary>Makes a reactor: the kind asked for, else the one that <see cref="Variable"/> names, else the best that can be had.</summary>
    /// <param name="kind">"uring", "epoll", "portable" or null.</param>
    /// <param name="clock">Null for the machine's.</param>
    /// <param name="files">Null for the machine's; else as <see cref="CreateFiles"/> made them for the same kind.</param>
    /// <param name="uring">Features of io_uring; null for the defaults.</param>
    /// <exception cref="ArgumentException">The kind is unknown, or the files are another kind's.</exception>
    /// <exception cref="ReactorUnavailableException">The kind was asked for and cannot be had; the message says why.</exception>
    public static Reactor Create(string? kind = null, IClock? clock = null, IReactorFiles? files = null, UringOptions? uring = null)
    {
        kind = KindOf(kind);
        clock ??= SystemClock.Instance;
        files ??= CreateFiles(kind);
        if (files is PortableFiles portable)
        {
            return kind is Uring or Epoll
                ? throw new ArgumentException($"reactor '{kind}' takes files of the system, not portable ones", nameof(files))
                : new PortableReactor(clock, portable);
        }

        if (kind == Portable)
        {
            throw new ArgumentException("reactor 'portable' takes portable files", nameof(files));
        }

        if (!LibC.IsAvailable)
        {
            throw new ReactorUnavailableException($"{Variable}={kind}: this process has no C library of Linux; use portable");
        }

        string reason = "";
        Reactor? made = kind == Epoll ? null : UringReactor.TryCreate(clock, files, out reason, uring);
        return made ?? (kind == Uring
            ? throw new ReactorUnavailableException($"{Variable}=uring: {reason}; use epoll")
            : new EpollReactor(clock, files));
    }

    /// <summary>The machine's files for reactors of a kind: those of several reactors may be one object.</summary>
    /// <param name="kind">As for <see cref="Create"/>.</param>
    /// <exception cref="ArgumentException">The kind is unknown.</exception>
    /// <exception cref="ReactorUnavailableException">The kind cannot be had; the message says why.</exception>
    public static IReactorFiles CreateFiles(string? kind = null)
    {
        kind = KindOf(kind);
        if (kind == Portable || (!LibC.IsAvailable && kind is null))
        {
            return new PortableFiles();
        }

        return LibC.IsAvailable
            ? new PosixFiles()
            : throw new ReactorUnavailableException($"{Variable}={kind}: this process has no C library of Linux; use portable");
    }

    private static string? KindOf(string? asked) => (asked ?? Environment.GetEnvironmentVariable(Variable)) switch
    {
        null or "" or "auto" => null,
        Uring => Uring,
        Epoll => Epoll,
        Portable => Portable,
        string other when asked is null => throw new ReactorUnavailableException($"reactor '{other}' is unknown: {Known}"),
        string other => throw new ArgumentException($"reactor '{other}' is unknown: {Known}", nameof(asked)),
    };
}
