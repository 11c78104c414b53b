using Daos.Fabric.Rpc.Collectives;

namespace Daos.Fabric.SelfTest.Options;

/// <summary>Reads and writes trees: <c>flat</c>, <c>kary:2</c>, <c>knomial:4</c>. Any thread.</summary>
internal static class TreeParser
{
    internal static TreeTopology Parse(string option, string text)
    {
        string[] parts = text.Split(':');
        int ratio = 0;
        bool hasRatio = parts.Length == 2
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out ratio)
            && ratio is >= TreeTopology.RatioMin and <= TreeTopology.RatioMax;
        return (parts[0], hasRatio) switch
        {
            ("flat", false) when parts.Length == 1 => new TreeTopology(TreeKind.Flat),
            ("kary", true) => new TreeTopology(TreeKind.Kary, ratio),
            ("knomial", true) => new TreeTopology(TreeKind.Knomial, ratio),
            _ => throw new UsageException($"{option} takes flat, kary:N or knomial:N with N from {TreeTopology.RatioMin} to {TreeTopology.RatioMax}, not '{text}'"),
        };
    }

    internal static string Format(TreeTopology tree) => tree.Kind switch
    {
        TreeKind.Flat => "flat",
        TreeKind.Kary => string.Create(CultureInfo.InvariantCulture, $"kary:{tree.Ratio}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"knomial:{tree.Ratio}"),
    };
}
