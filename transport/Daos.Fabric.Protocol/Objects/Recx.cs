namespace Daos.Fabric.Protocol.Objects;

/// <summary>An extent of an array in records (daos_recx_t); 16 bytes on the wire.</summary>
/// <param name="Index">First record.</param>
/// <param name="Count">Number of records.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct Recx(ulong Index, ulong Count)
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 16;

    /// <summary>The record after the last.</summary>
    public ulong End => Index + Count;
}
