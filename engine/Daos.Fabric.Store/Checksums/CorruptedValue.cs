namespace Daos.Fabric.Store.Checksums;

/// <summary>A value whose stored bytes do not fit their checksums any more, told once, when it is found. Immutable.</summary>
/// <param name="Container">Where it is.</param>
/// <param name="Object">The object.</param>
/// <param name="Dkey">The distribution key.</param>
/// <param name="Akey">The attribute key.</param>
/// <param name="Epoch">When it was written.</param>
/// <param name="IsArray">A range of an array, else a single value.</param>
/// <param name="FirstByte">First byte, counted from record 0 of the array, of what was read when it was found.</param>
/// <param name="LengthBytes">Bytes of that.</param>
public sealed record CorruptedValue(
    ContainerId Container,
    ObjectId Object,
    ReadOnlyMemory<byte> Dkey,
    ReadOnlyMemory<byte> Akey,
    Epoch Epoch,
    bool IsArray,
    ulong FirstByte,
    long LengthBytes);
