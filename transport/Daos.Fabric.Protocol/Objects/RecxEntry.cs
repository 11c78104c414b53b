namespace Daos.Fabric.Protocol.Objects;

/// <summary>An extent in a listing; 24 bytes on the wire.</summary>
/// <param name="Index">First record.</param>
/// <param name="Count">Number of records.</param>
/// <param name="EpochValue">The epoch that wrote it.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct RecxEntry(ulong Index, ulong Count, ulong EpochValue)
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 24;
}
