namespace Daos.Fabric.Store.Tests.Operations;

/// <summary>Bytes of a closed store that mean something.</summary>
internal readonly record struct LiveRegion(LiveKind Kind, string Path, long OffsetBytes, int LengthBytes);
