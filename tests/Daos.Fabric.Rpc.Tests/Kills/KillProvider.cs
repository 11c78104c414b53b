using Daos.Fabric.Transport.Ofi;
using Daos.Fabric.Transport.SharedMemory;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Rpc.Tests.Kills;

/// <summary>A wire of the kill matrix: the one place that lists them. Another provider is another line.</summary>
internal sealed record KillProvider(string Name, Func<string, TransportProvider> Create, Func<string, uint, string> AddressOf)
{
    internal static readonly IReadOnlyList<KillProvider> All =
    [
        new("tcp", _ => new SocketsProvider(), (_, _) => "tcp://127.0.0.1:0"),
        new("unix", _ => new SocketsProvider(), (directory, rank) => $"unix://{directory}/r{rank}"),
        new("shm", directory => new SharedMemoryProvider(new SharedMemoryOptions { Directory = $"{directory}/shm" }), (_, rank) => $"shm://r{rank}"),
        new("ofi-tcp", _ => new OfiProvider(), (_, _) => "ofi+tcp;ofi_rxm://127.0.0.1:0"),
        new("ofi-shm", _ => new OfiProvider(), (directory, rank) => $"ofi+shm://{Path.GetFileName(directory)}-r{rank}"),
    ];

    /// <summary>False where the library that it needs is missing, which <paramref name="reason"/> says.</summary>
    internal bool IsAvailable(out string reason)
    {
        reason = "";
        return !Name.StartsWith("ofi-", StringComparison.Ordinal) || OfiProvider.IsAvailable(out reason);
    }

    internal static KillProvider Of(string name) => All.Single(p => p.Name == name);
}
