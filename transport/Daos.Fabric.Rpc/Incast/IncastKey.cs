namespace Daos.Fabric.Rpc.Incast;

/// <summary>A class and a key as one key of a table: compares bytes. Immutable.</summary>
internal readonly struct IncastKey(uint kind, ReadOnlyMemory<byte> key) : IEquatable<IncastKey>
{
    private readonly uint _class = kind;
    private readonly ReadOnlyMemory<byte> _key = key;

    public bool Equals(IncastKey other) => _class == other._class && _key.Span.SequenceEqual(other._key.Span);

    public override bool Equals(object? obj) => obj is IncastKey other && Equals(other);

    // Looked up, never enumerated: no order depends on it.
    public override int GetHashCode()
    {
        uint hash = 2166136261 ^ _class;
        foreach (byte value in _key.Span)
        {
            hash = (hash ^ value) * 16777619;
        }

        return (int)hash;
    }
}
