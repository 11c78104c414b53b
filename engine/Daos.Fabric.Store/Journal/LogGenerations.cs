namespace Daos.Fabric.Store.Journal;

/// <summary>What the superblock says about generations of log blocks.</summary>
/// <param name="Current">Generation of blocks from <paramref name="Start"/> on; blocks before have lower ones.</param>
/// <param name="Start">The log was whole and durable up to here.</param>
internal readonly record struct LogGenerations(ulong Current, ulong Start);
