namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>Payload of a copy request, 32 bytes: the owner of the registered memory fetches a write's bytes itself.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct CopyRequestWire
{
    /// <summary>Size on the wire.</summary>
    internal const int SizeBytes = 32;

    /// <summary>Key of the registered memory.</summary>
    internal ulong Key;

    /// <summary>Where the transfer begins in that memory.</summary>
    internal ulong OffsetBytes;

    /// <summary>Bytes of the transfer, below 2 GiB.</summary>
    internal ulong LengthBytes;

    /// <summary>Where the bytes stand in the sender's process.</summary>
    internal ulong Address;
}

/// <summary>Payload of an address frame, 8 bytes: where the memory of an address request stands in its owner's process.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct AddressWire
{
    /// <summary>Size on the wire.</summary>
    internal const int SizeBytes = 8;

    /// <summary>The first byte asked for; not zero.</summary>
    internal ulong Address;
}

/// <summary>Behind the 40 bytes of a hello that says <see cref="HelloWire.LetsCopy"/>, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct HelloProbeWire
{
    /// <summary>Size on the wire.</summary>
    internal const int SizeBytes = 16;

    /// <summary>Where <see cref="Value"/> stands in the sender's process.</summary>
    internal ulong Address;

    /// <summary>A random number.</summary>
    internal ulong Value;
}
