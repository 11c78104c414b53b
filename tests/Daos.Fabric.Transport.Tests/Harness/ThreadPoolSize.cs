using System.Runtime.CompilerServices;

namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>
/// The portable reactor's sockets complete on the thread pool, and tests that run loops themselves hold its threads: with as few of them as
/// cores a connection waits until one of those tests is over.
/// </summary>
internal static class ThreadPoolSize
{
    private const int Threads = 64;

    [ModuleInitializer]
    internal static void Raise() => ThreadPool.SetMinThreads(Threads, Threads);
}
