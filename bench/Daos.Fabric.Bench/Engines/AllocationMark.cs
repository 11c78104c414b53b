namespace Daos.Fabric.Bench.Engines;

/// <summary>Managed bytes that were allocated so far where the job's own thread cannot see it; -1 where there is nothing to see.</summary>
/// <param name="LibraryBytes">By the SDK's own owner threads in this process; with an embedded system those of the engine as well.</param>
/// <param name="EngineBytes">By the owner threads of an engine in another process.</param>
internal readonly record struct AllocationMark(long LibraryBytes, long EngineBytes)
{
    internal static AllocationMark Nothing => new(-1, -1);

    /// <summary>What was allocated since an earlier mark; -1 stays.</summary>
    internal AllocationMark Since(AllocationMark before) =>
        new(LibraryBytes < 0 ? -1 : LibraryBytes - before.LibraryBytes, EngineBytes < 0 ? -1 : EngineBytes - before.EngineBytes);
}
