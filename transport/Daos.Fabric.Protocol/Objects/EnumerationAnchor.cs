namespace Daos.Fabric.Protocol.Objects;

/// <summary>Where a listing goes on: 32 bytes that only the engine reads. All zero: from the start.</summary>
[InlineArray(SizeBytes)]
public struct EnumerationAnchor
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 32;

    private byte _first;
}
