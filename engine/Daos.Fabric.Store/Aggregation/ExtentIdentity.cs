namespace Daos.Fabric.Store.Aggregation;

/// <summary>Which extent of an array it was, to know it again after others may have changed the array. A value.</summary>
/// <param name="Record">Where its record lay.</param>
/// <param name="Start">First record.</param>
/// <param name="Count">Records.</param>
/// <param name="Stamp">When it was written.</param>
internal readonly record struct ExtentIdentity(ulong Record, ulong Start, ulong Count, VersionStamp Stamp);
