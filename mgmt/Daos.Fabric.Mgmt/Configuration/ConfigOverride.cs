namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>A value from the command line that wins over the file, in every section that has the key.</summary>
/// <param name="Path">The key's path in the vocabulary.</param>
/// <param name="Text">As it would be written in the file.</param>
/// <param name="Option">The option's name.</param>
internal sealed record ConfigOverride(string Path, string Text, string Option);
