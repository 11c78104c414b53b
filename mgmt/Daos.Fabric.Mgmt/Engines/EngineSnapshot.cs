using System.Text.Json.Nodes;

namespace Daos.Fabric.Mgmt.Engines;

/// <summary>An engine at one moment. Immutable.</summary>
internal sealed record EngineSnapshot
{
    /// <summary>Its place in the configuration.</summary>
    internal required int Index { get; init; }

    /// <summary>Where it is in its life.</summary>
    internal EngineState State { get; init; }

    /// <summary>Why it is there, for states that need a reason; else empty.</summary>
    internal string Message { get; init; } = "";

    /// <summary>Since when.</summary>
    internal DateTimeOffset Since { get; init; }

    /// <summary>Null before its storage is formatted.</summary>
    internal Guid? Uuid { get; init; }

    /// <summary>Null before it has one.</summary>
    internal uint? Rank { get; init; }

    /// <summary>0 when no process runs.</summary>
    internal int ProcessId { get; init; }

    /// <summary>Where it serves; empty when it does not.</summary>
    internal IReadOnlyList<string> Uris { get; init; } = [];

    /// <summary>How often it was started again by itself since daos_server started.</summary>
    internal int Restarts { get; init; }

    /// <summary>When it will be started again by itself, if it is to be.</summary>
    internal DateTimeOffset? RestartAt { get; init; }

    internal JsonObject ToJson() => new()
    {
        ["index"] = Index,
        ["state"] = State.ToString(),
        ["message"] = Message,
        ["since"] = Since.ToString("O", CultureInfo.InvariantCulture),
        ["uuid"] = Uuid?.ToString(),
        ["rank"] = Rank,
        ["pid"] = ProcessId,
        ["uris"] = new JsonArray([.. Uris.Select(static u => JsonValue.Create(u))]),
        ["restarts"] = Restarts,
        ["restart_at"] = RestartAt?.ToString("O", CultureInfo.InvariantCulture),
    };
}
