using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Checking;

/// <summary>A value whose bytes are to be compared with their checksums.</summary>
/// <param name="Owner">The way to it.</param>
/// <param name="Record">Offset of its record.</param>
/// <param name="IsExtent">An extent of an array; else a version of a single value.</param>
/// <param name="Data">Where its bytes lie in the data file; no blocks when they are in the arena; of a scattered value the first run.</param>
/// <param name="Bytes">How many.</param>
/// <param name="FirstByte">Where its first byte lies in its array.</param>
internal readonly record struct CheckedValue(string Owner, ulong Record, bool IsExtent, DataExtent Data, long Bytes, ulong FirstByte);
