namespace Daos.Fabric.Rpc.Tests.Kills;

/// <summary>Counts what this process holds of the system: tests that do stand in a collection that runs alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class KillLeftBehind
{
    /// <summary>The collection.</summary>
    public const string Name = "kills peers and counts descriptors";

    // Descriptors of the network, and memory shared with peers. What earlier tests of this process left to the collector goes first, not in
    // between.
    internal static (int Descriptors, int Mappings) Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return (CountDescriptors(), CountMappings());
    }

    private static int CountDescriptors() =>
        Directory.GetFileSystemEntries("/proc/self/fd").Select(f => new FileInfo(f).LinkTarget ?? "").Count(IsOurs);

    private static int CountMappings() =>
        File.ReadLines("/proc/self/maps").Count(l => l.Contains("memfd:daos-", StringComparison.Ordinal)
            || l.Contains("io_uring", StringComparison.Ordinal)
            || l.Contains("/dev/shm/", StringComparison.Ordinal));

    private static bool IsOurs(string target) =>
        target.Contains("memfd:daos-", StringComparison.Ordinal)
        || target.Contains("socket:", StringComparison.Ordinal)
        || target.Contains("[eventfd]", StringComparison.Ordinal)
        || target.Contains("[io_uring]", StringComparison.Ordinal)
        || target.Contains("[eventpoll]", StringComparison.Ordinal)
        || target.Contains("[pidfd]", StringComparison.Ordinal)
        || target.Contains("/dev/shm/", StringComparison.Ordinal);
}
