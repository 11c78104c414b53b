namespace Daos.Fabric.Engine.Services;

/// <summary>
/// A handle that a client holds on a pool, or on a container in it; durable, so that clients go on after a restart. The record: order of
/// opening (64 bits), pool (16 bytes), container (16 bytes, zero for a pool handle), epoch of a snapshot (64 bits, zero for none). Owned by the
/// system xstream.
/// </summary>
/// <param name="Handle">Drawn at random: whoever knows it may use it.</param>
/// <param name="Order">Clock value of the opening; the oldest is evicted first.</param>
/// <param name="Pool">The pool.</param>
/// <param name="Container">The container, or <see cref="ContainerId.None"/>.</param>
/// <param name="Snapshot">The epoch at which the container is read and not changed, or none.</param>
internal sealed record HandleEntry(Guid Handle, ulong Order, PoolId Pool, ContainerId Container, Epoch Snapshot)
{
    public const int BytesMax = 48;

    public RecordKind Kind => Container == ContainerId.None ? RecordKind.PoolHandle : RecordKind.ContainerHandle;

    public int Write(Span<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteUInt64(Order);
        writer.WriteGuid(Pool.Value);
        writer.WriteGuid(Container.Value);
        writer.WriteUInt64(Snapshot.Value);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Null when the record is damaged.</summary>
    public static HandleEntry? Read(Guid handle, ReadOnlySpan<byte> source)
    {
        var reader = new WireReader(source);
        var entry = new HandleEntry(
            handle, reader.ReadUInt64(), new PoolId(reader.ReadGuid()), new ContainerId(reader.ReadGuid()), new Epoch(reader.ReadUInt64()));
        return reader.IsComplete ? entry : null;
    }
}
