namespace Daos.Fabric.Samples.Quickstart;

/// <summary>A file of the tree.</summary>
/// <param name="Name">Path below the root, with '/'.</param>
/// <param name="FullPath">Where to read it.</param>
/// <param name="LengthBytes">Its length when the tree was read.</param>
internal sealed record SourceFile(string Name, string FullPath, long LengthBytes)
{
    /// <summary>What was read from it at import.</summary>
    public byte[] Sha256 { get; set; } = [];
}
