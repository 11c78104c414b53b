namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>What a key has, and where from. Immutable.</summary>
/// <param name="Node">Where it stands; the section's node when the value is the default.</param>
/// <param name="Object">string, bool, long or string[]; null when there is none.</param>
/// <param name="IsGiven">It is not the default.</param>
internal sealed record ConfigValue(ConfigNode Node, object? Object, bool IsGiven);
