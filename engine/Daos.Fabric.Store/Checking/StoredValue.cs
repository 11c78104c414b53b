using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Checking;

/// <summary>A stored version or extent.</summary>
/// <param name="Epoch">When it was written.</param>
/// <param name="Minor">Order inside the epoch.</param>
/// <param name="Start">First record of an extent; 0 for a single value.</param>
/// <param name="Count">Records of an extent; 1 for a single value.</param>
/// <param name="Bytes">Bytes of data; 0 for a hole.</param>
/// <param name="IsHole">True for a punched range.</param>
/// <param name="Data">Where it lies in the data file; no blocks when it is in the arena; the first of several runs.</param>
/// <param name="ArenaOffset">Where the record lies.</param>
/// <param name="Runs">Runs of blocks that it is scattered over; 1 for all that lie in one place.</param>
public readonly record struct StoredValue(
    Epoch Epoch, int Minor, ulong Start, ulong Count, long Bytes, bool IsHole, DataExtent Data, ulong ArenaOffset, int Runs);
