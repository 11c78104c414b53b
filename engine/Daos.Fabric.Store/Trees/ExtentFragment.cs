namespace Daos.Fabric.Store.Trees;

/// <summary>A run of array records that one extent shows, or a hole. A value.</summary>
/// <param name="Start">First record.</param>
/// <param name="End">First record after the run.</param>
/// <param name="Extent">The extent's record, 0 for a hole.</param>
internal readonly record struct ExtentFragment(ulong Start, ulong End, ulong Extent);
