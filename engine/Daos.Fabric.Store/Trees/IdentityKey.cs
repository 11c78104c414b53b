using System.Buffers.Binary;

namespace Daos.Fabric.Store.Trees;

/// <summary>
/// A UUID whose 16 bytes, big-endian, stand at the start of the record: containers and clients, in the order of their bytes.
/// </summary>
internal readonly unsafe struct IdentityKey : ITreeKey
{
    private readonly ulong _low;

    /// <param name="id">The UUID.</param>
    public IdentityKey(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        Prefix = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
    }

    /// <inheritdoc/>
    public ulong Prefix { get; }

    /// <inheritdoc/>
    public int CompareTie(Arena arena, ulong record) =>
        _low.CompareTo(BinaryPrimitives.ReadUInt64BigEndian(new ReadOnlySpan<byte>(arena.At(record + 8, 8), 8)));

    /// <inheritdoc/>
    public static ulong PrefixOf(Arena arena, ulong record) =>
        BinaryPrimitives.ReadUInt64BigEndian(new ReadOnlySpan<byte>(arena.At(record, 8), 8));
}
