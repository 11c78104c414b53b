namespace Daos.Fabric.Reactor;

/// <summary>A piece of native memory, laid out as the system's iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct IoVector(byte* address, nuint lengthBytes)
{
    /// <summary>First byte.</summary>
    public byte* Address = address;

    /// <summary>Length in bytes.</summary>
    public nuint LengthBytes = lengthBytes;
}
