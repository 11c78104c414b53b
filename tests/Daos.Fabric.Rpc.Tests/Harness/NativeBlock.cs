namespace Daos.Fabric.Rpc.Tests.Harness;

/// <summary>Native memory for bulk transfers.</summary>
internal sealed unsafe class NativeBlock(int lengthBytes) : IDisposable
{
    internal byte* Address { get; } = (byte*)NativeMemory.AllocZeroed((nuint)lengthBytes);

    internal int LengthBytes { get; } = lengthBytes;

    internal Span<byte> Span => new(Address, LengthBytes);

    internal RemoteMemory Expose(RpcCall call, MemoryAccess access) => call.Expose(Address, LengthBytes, access);

    public void Dispose() => NativeMemory.Free(Address);
}
