using Daos.Fabric.Client.Operations;

namespace Daos.Fabric.Client.Memory;

/// <summary>
/// A value that was read, in the client's own memory: nothing was copied for the caller. Dispose it soon, it holds one of the client's
/// operations. One thread at a time; copies of the struct refer to the same value.
/// </summary>
public readonly struct DaosValue : IDisposable
{
    private readonly ClientOperation? _operation;
    private readonly int _generation;

    internal DaosValue(ClientOperation operation, int generation)
    {
        _operation = operation;
        _generation = generation;
    }

    /// <summary>False when the key has no value.</summary>
    public bool Exists => _operation is not null;

    /// <summary>Length in bytes; 0 when there is no value.</summary>
    public int Length => Span.Length;

    /// <summary>The bytes; valid until <see cref="Dispose"/>, afterwards reading throws <see cref="ObjectDisposedException"/>.</summary>
    public ReadOnlySpan<byte> Span => _operation is null ? default : _operation.ReadHeldValue(_generation);

    /// <summary>A copy of the bytes.</summary>
    public byte[] ToArray() => Span.ToArray();

    /// <summary>Returns the memory; a second call does nothing.</summary>
    public void Dispose() => _operation?.ReleaseHeldValue(_generation);
}
