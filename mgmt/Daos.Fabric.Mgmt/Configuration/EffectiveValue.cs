namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>A key's value as it counts. Immutable.</summary>
/// <param name="Path">With numbers of engines and tiers, such as <c>engines[0].targets</c>.</param>
/// <param name="Text">As it would be written.</param>
/// <param name="Origin">The file and line, the option, or default.</param>
/// <param name="Effect">What comes of it.</param>
internal sealed record EffectiveValue(string Path, string Text, string Origin, KeyEffect Effect);
