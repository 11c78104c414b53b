using System.Buffers;

namespace Daos.Fabric.Reactor.Portable;

/// <summary>
/// Native memory as .NET's sockets take it, made once and pointed at what each operation borrows. Owned by the reactor's thread; the
/// operation that uses it is over before it is pointed elsewhere.
/// </summary>
internal sealed unsafe class NativeView : MemoryManager<byte>
{
    private byte* _address;
    private int _lengthBytes;

    internal Memory<byte> Show(byte* address, int lengthBytes)
    {
        _address = address;
        _lengthBytes = lengthBytes;
        return Memory;
    }

    public override Span<byte> GetSpan() => new(_address, _lengthBytes);

    /// <summary>Native memory does not move.</summary>
    public override MemoryHandle Pin(int elementIndex = 0) => new(_address + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
