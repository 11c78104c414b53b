using Daos.Fabric.Protocol.Drpc;

namespace Daos.Fabric.Engine.Drpc;

/// <summary>How an engine and its daos_server speak. Immutable.</summary>
public sealed record EngineDrpcOptions
{
    /// <summary>The socket of daos_server.</summary>
    public required string ServerSocket { get; init; }

    /// <summary>The engine's own, made at start.</summary>
    public required string ListenerSocket { get; init; }

    /// <summary>Which engine of its daos_server it is.</summary>
    public uint InstanceIndex { get; init; }

    /// <summary>Waits for so many nanoseconds.</summary>
    public required Func<long, CancellationToken, Task> Delay { get; init; }

    /// <summary>daos_server is waited for so long at start, in milliseconds.</summary>
    public int NotifyMs { get; init; } = 30_000;

    /// <summary>One try to reach it, in milliseconds.</summary>
    public int NotifyTryMs { get; init; } = 5_000;

    /// <summary>Pause between two tries, in milliseconds.</summary>
    public int NotifyPauseMs { get; init; } = 200;

    /// <summary>The paths by DAOS's names in a directory of sockets: <c>daos_server.sock</c> and <c>daos_engine_PID.sock</c>.</summary>
    public static EngineDrpcOptions In(string directory, int processId, Func<long, CancellationToken, Task> delay) => new()
    {
        ServerSocket = Path.Combine(directory, DrpcPaths.ServerSocket),
        ListenerSocket = Path.Combine(directory, DrpcPaths.EngineSocket(processId)),
        Delay = delay,
    };
}
