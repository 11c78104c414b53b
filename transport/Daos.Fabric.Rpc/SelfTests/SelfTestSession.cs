using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>
/// What one caller measures here: the shape of its calls and a buffer for each that may be under way. All memory is taken when the session
/// opens, so that setting up is not measured. Owned by the context's loop.
/// </summary>
internal sealed unsafe class SelfTestSession : IDisposable
{
    private readonly NativeSlab? _memory;
    private readonly int _strideBytes;
    private readonly ushort[] _free;
    private int _freeCount;
    private bool _isClosed;

    internal SelfTestSession(uint id, RpcSession owner, in SelfTestShape shape, int buffers)
    {
        Id = id;
        Owner = owner;
        Shape = shape;
        MemoryBytes = BytesOf(shape, buffers);
        _strideBytes = StrideOf(shape);
        _memory = MemoryBytes == 0 ? null : new NativeSlab(MemoryBytes);
        _free = new ushort[buffers];
        for (int i = 0; i < buffers; i++)
        {
            _free[_freeCount++] = (ushort)(buffers - 1 - i);
        }
    }

    internal uint Id { get; }

    /// <summary>The connection that opened it, and that alone may use it.</summary>
    internal RpcSession Owner { get; }

    internal SelfTestShape Shape { get; }

    internal long MemoryBytes { get; }

    internal static long BytesOf(in SelfTestShape shape, int buffers) => (long)StrideOf(shape) * buffers;

    /// <summary>The number of a free buffer, the one used last first, since it is in the cache; -1 for none.</summary>
    internal int TryTake() => _freeCount == 0 ? -1 : _free[--_freeCount];

    internal byte* AddressOf(int buffer) => _memory is null ? null : _memory.Address + ((long)buffer * _strideBytes);

    /// <summary>A call gives its buffer back. True when the session was closed meanwhile and this was the last one.</summary>
    internal bool Return(int buffer)
    {
        _free[_freeCount++] = (ushort)buffer;
        return _isClosed && _freeCount == _free.Length;
    }

    /// <summary>No new call finds it. True when none is under way: it may be disposed of.</summary>
    internal bool Close()
    {
        _isClosed = true;
        return _freeCount == _free.Length;
    }

    public void Dispose() => _memory?.Dispose();

    private static int StrideOf(in SelfTestShape shape) =>
        (shape.ServerBytes + NativeSlab.PageBytes - 1) / NativeSlab.PageBytes * NativeSlab.PageBytes;
}
