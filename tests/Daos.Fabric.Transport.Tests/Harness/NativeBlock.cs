using System.Runtime.InteropServices;

namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>Native memory with guard bytes on both sides.</summary>
internal sealed unsafe class NativeBlock : IDisposable
{
    private const int GuardBytes = 64;
    private const byte Guard = 0xA5;

    private readonly byte* _all;

    internal NativeBlock(int lengthBytes)
    {
        LengthBytes = lengthBytes;
        _all = (byte*)NativeMemory.AllocZeroed((nuint)lengthBytes + (2 * GuardBytes));
        new Span<byte>(_all, GuardBytes).Fill(Guard);
        new Span<byte>(_all + GuardBytes + lengthBytes, GuardBytes).Fill(Guard);
    }

    internal byte* Address => _all + GuardBytes;

    internal int LengthBytes { get; }

    internal Span<byte> Span => new(Address, LengthBytes);

    internal bool GuardsIntact =>
        !new Span<byte>(_all, GuardBytes).ContainsAnyExcept(Guard) && !new Span<byte>(Address + LengthBytes, GuardBytes).ContainsAnyExcept(Guard);

    public void Dispose() => NativeMemory.Free(_all);
}
