using System.Text.Json;
using System.Text.Json.Serialization;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>
/// What an engine's storage was formatted as: whose it is, and what must not change any more. A JSON file next to the engine's own tables. Immutable.
/// </summary>
internal sealed record Superblock
{
    /// <summary>The layout that this version writes and the newest that it reads.</summary>
    internal const int CurrentVersion = 1;

    /// <summary>The file's name.</summary>
    internal const string FileName = "superblock";

    /// <summary>Of this file.</summary>
    [JsonPropertyName("version")]
    public required int Version { get; init; }

    /// <summary>Of the engine, as long as its storage lives.</summary>
    [JsonPropertyName("uuid")]
    public required Guid Uuid { get; init; }

    /// <summary>The system it belongs to.</summary>
    [JsonPropertyName("system")]
    public required string System { get; init; }

    /// <summary>Null until the engine has joined its system.</summary>
    [JsonPropertyName("rank")]
    public required uint? Rank { get; init; }

    /// <summary>Of the engine.</summary>
    [JsonPropertyName("targets")]
    public required int Targets { get; init; }

    /// <summary>One line each: class, device, roles.</summary>
    [JsonPropertyName("tiers")]
    public required IReadOnlyList<string> Tiers { get; init; }
}
