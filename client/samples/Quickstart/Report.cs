using System.Globalization;

namespace Daos.Fabric.Samples.Quickstart;

/// <summary>What the user sees.</summary>
internal static class Report
{
    private const double MiB = 1024 * 1024;
    private const int MismatchesShown = 20;

    public static void Line(string what, string value) => Console.WriteLine($"  {what,-12} {value}");

    public static void Table(SourceTree tree, TimeSpan imported, TimeSpan stopped, TimeSpan recovered, TimeSpan verified)
    {
        double mib = tree.TotalBytes / MiB;
        Line("files", tree.Files.Count.ToString(CultureInfo.InvariantCulture));
        Line("bytes", $"{tree.TotalBytes} ({mib:f1} MiB)");
        Line("in", $"{mib / imported.TotalSeconds:f0} MiB/s, {tree.Files.Count / imported.TotalSeconds:f0} files/s ({imported.TotalSeconds:f1} s, durable)");
        Line("stop", $"{stopped.TotalMilliseconds:f0} ms");
        Line("recovery", $"{recovered.TotalMilliseconds:f0} ms from disk until it serves");
        Line("out", $"{mib / verified.TotalSeconds:f0} MiB/s, {tree.Files.Count / verified.TotalSeconds:f0} files/s ({verified.TotalSeconds:f1} s, checksums and SHA-256 verified)");
    }

    public static int Outcome(SourceTree tree, Verifier verifier)
    {
        if (verifier.Mismatches.Count == 0)
        {
            Console.WriteLine($"every byte came back: {tree.Files.Count} files compared by SHA-256");
            return 0;
        }

        foreach (string mismatch in verifier.Mismatches.Take(MismatchesShown))
        {
            Console.Error.WriteLine($"daos_quickstart: {mismatch}");
        }

        Console.Error.WriteLine($"daos_quickstart: {verifier.Mismatches.Count} mismatches");
        return 1;
    }
}
