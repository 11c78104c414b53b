namespace Daos.Fabric.Store.Trees;

/// <summary>A run of array records that one extent shows, or a hole. A value.</summary>
/// <param name="Start">First record.</param>
/// <param name="End">First record after the run.</param>
/// <param name="Extent">The record of the extent that shows, 0 where there is none.</param>
/// <param name="IsHole">There is no data: nothing was written, or it was punched.</param>
internal readonly record struct ExtentFragment(ulong Start, ulong End, ulong Extent, bool IsHole);
