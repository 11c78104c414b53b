namespace Daos.Fabric.Bench.Options;

/// <summary>What a job does (fio's <c>rw</c>).</summary>
internal enum AccessPattern
{
    Read,
    Write,
    RandRead,
    RandWrite,
    ReadWrite,
    RandReadWrite,
}

/// <summary>Questions about a pattern.</summary>
internal static class AccessPatterns
{
    internal static readonly (string Name, AccessPattern Value)[] Names =
    [
        ("read", AccessPattern.Read), ("write", AccessPattern.Write), ("randread", AccessPattern.RandRead),
        ("randwrite", AccessPattern.RandWrite), ("rw", AccessPattern.ReadWrite), ("readwrite", AccessPattern.ReadWrite),
        ("randrw", AccessPattern.RandReadWrite),
    ];

    internal static bool IsRandom(this AccessPattern pattern) =>
        pattern is AccessPattern.RandRead or AccessPattern.RandWrite or AccessPattern.RandReadWrite;

    internal static bool IsMixed(this AccessPattern pattern) => pattern is AccessPattern.ReadWrite or AccessPattern.RandReadWrite;

    internal static bool Reads(this AccessPattern pattern) => pattern is not (AccessPattern.Write or AccessPattern.RandWrite);

    internal static bool Writes(this AccessPattern pattern) => pattern is not (AccessPattern.Read or AccessPattern.RandRead);

    internal static string Name(this AccessPattern pattern) => Names.First(n => n.Value == pattern).Name;
}
