namespace Daos.Fabric.Transport.Ofi.Wire;

/// <summary>Names registered memory. 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct KeyWire
{
    internal const int SizeBytes = 8;

    public ulong Key;
}

/// <summary>How registered memory is reached, or why not. 48 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct GrantWire
{
    internal const int SizeBytes = 48;

    public ulong Key;
    public ulong RemoteAddress;
    public ulong FabricKey;
    public long LengthBytes;
    public ulong Access;
    public int Code;
    public uint Reserved;
}
