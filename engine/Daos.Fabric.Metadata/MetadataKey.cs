using System.Text;

namespace Daos.Fabric.Metadata;

/// <summary>
/// A key: 1 to <see cref="MetadataLimits.KeyBytesMax"/> bytes, ordered byte by byte. Keys that begin with the byte 0xFF belong to the store
/// itself. Immutable; any thread.
/// </summary>
public readonly struct MetadataKey : IEquatable<MetadataKey>, IComparable<MetadataKey>
{
    /// <summary>First byte of the store's own keys.</summary>
    internal const byte OwnPrefix = 0xFF;

    private readonly byte[]? _bytes;
    private readonly bool _isOwn;

    /// <param name="bytes">Copied.</param>
    public MetadataKey(ReadOnlySpan<byte> bytes)
        : this(bytes.ToArray(), isOwn: false)
    {
    }

    /// <param name="text">Taken as UTF-8.</param>
    public MetadataKey(string text)
        : this(Encoding.UTF8.GetBytes(text), isOwn: false)
    {
    }

    private MetadataKey(byte[] bytes, bool isOwn)
    {
        _bytes = bytes;
        _isOwn = isOwn;
    }

    /// <summary>Behind every key that a caller may write; where ranges without an end stop.</summary>
    public static MetadataKey End { get; } = Own([]);

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>The number of bytes.</summary>
    public int Length => _bytes?.Length ?? 0;

    /// <summary>The smallest key behind this one.</summary>
    public MetadataKey Next => new([.. Bytes.Span, 0], _isOwn);

    /// <summary>The smallest key behind all that begin with this one.</summary>
    public MetadataKey AfterPrefix
    {
        get
        {
            byte[] bytes = Bytes.ToArray();
            int last = bytes.Length - 1;
            while (last >= 0 && bytes[last] == 0xFF)
            {
                last--;
            }

            if (last < 0)
            {
                return End;
            }

            bytes[last]++;
            return new MetadataKey(bytes[..(last + 1)], _isOwn);
        }
    }

    /// <summary>True for a key that the store keeps for itself, or one that was made to look like it.</summary>
    internal bool IsReserved => Length > 0 && _bytes![0] == OwnPrefix;

    /// <summary>True for a key that the store made itself.</summary>
    internal bool IsOwn => _isOwn;

    /// <summary>Compares bytes.</summary>
    public static bool operator ==(MetadataKey left, MetadataKey right) => left.Equals(right);

    /// <summary>Compares bytes.</summary>
    public static bool operator !=(MetadataKey left, MetadataKey right) => !left.Equals(right);

    /// <summary>Byte order.</summary>
    public static bool operator <(MetadataKey left, MetadataKey right) => left.CompareTo(right) < 0;

    /// <summary>Byte order.</summary>
    public static bool operator >(MetadataKey left, MetadataKey right) => left.CompareTo(right) > 0;

    /// <summary>Byte order.</summary>
    public static bool operator <=(MetadataKey left, MetadataKey right) => left.CompareTo(right) <= 0;

    /// <summary>Byte order.</summary>
    public static bool operator >=(MetadataKey left, MetadataKey right) => left.CompareTo(right) >= 0;

    /// <summary>Byte order; a key comes before those that it begins.</summary>
    public int CompareTo(MetadataKey other) => Bytes.Span.SequenceCompareTo(other.Bytes.Span);

    /// <inheritdoc/>
    public bool Equals(MetadataKey other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MetadataKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        uint hash = 2166136261;
        foreach (byte value in Bytes.Span)
        {
            hash = (hash ^ value) * 16777619;
        }

        return (int)hash;
    }

    /// <summary>As text, with bytes that are not printable ASCII in hexadecimal.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (byte value in Bytes.Span)
        {
            _ = value is > 0x20 and < 0x7F ? text.Append((char)value) : text.Append($"\\x{value:x2}");
        }

        return text.ToString();
    }

    /// <summary>A key of the store itself.</summary>
    internal static MetadataKey Own(ReadOnlySpan<byte> rest) => new([OwnPrefix, .. rest], isOwn: true);

    /// <summary>A key as it came back from a store.</summary>
    internal static MetadataKey Found(byte[] bytes) => new(bytes, bytes.Length > 0 && bytes[0] == OwnPrefix);
}
