using System.Globalization;

namespace Daos.Fabric.Protocol.Drpc;

/// <summary>Names of sockets in the directory of sockets (<c>socket_dir</c>), DAOS's.</summary>
public static class DrpcPaths
{
    /// <summary>Where daos_server takes its engines' calls.</summary>
    public const string ServerSocket = "daos_server.sock";

    /// <summary>Where an engine takes calls: a name for each process, so that a new one never meets the socket of the old one.</summary>
    public static string EngineSocket(int processId) => string.Create(CultureInfo.InvariantCulture, $"daos_engine_{processId}.sock");
}
