using System.Text.Json.Nodes;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Engines;

namespace Daos.Fabric.Mgmt.Control;

/// <summary>What a running server says of itself.</summary>
internal static class ServerStatus
{
    internal static JsonObject Of(ServerConfig config, IReadOnlyList<EngineSnapshot> engines) => new()
    {
        ["version"] = Commands.VersionCommand.Text,
        ["pid"] = Environment.ProcessId,
        ["system"] = config.Name,
        ["engines"] = new JsonArray([.. engines.Select(static e => e.ToJson())]),
    };
}
