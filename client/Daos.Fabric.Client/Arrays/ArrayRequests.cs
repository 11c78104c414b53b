using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.KeyValues;
using Daos.Fabric.Client.Objects;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Arrays;

/// <summary>Encodes array calls on one chunk. Any thread.</summary>
internal static class ArrayRequests
{
    /// <summary>Writes cells that lie in one chunk. More than the eager limit is borrowed.</summary>
    internal static void Write(
        ClientCall call,
        Guid container,
        ObjectId id,
        ArrayLayout layout,
        KeyPlace place,
        ulong cell,
        ReadOnlyMemory<byte> data,
        ContainerProperties properties)
    {
        Span<byte> dkey = stackalloc byte[ArrayLayout.DkeyBytes];
        ArrayLayout.WriteDkey(layout.DkeyOf(cell), dkey);
        Span<byte> payload = call.Prepare(ObjectOpcodes.Update, place.Target, isModification: true, ReplyKind.Epoch);
        var target = new ObjectTarget(container, id, place.Hash, Epoch.None, ObjectFlags.None);
        var writer = new ObjectIoWriter(payload, in target, dkey, 1, default);
        var extent = new Recx(cell % layout.ChunkCells, (ulong)(data.Length / layout.CellBytes));
        ReadOnlySpan<byte> bytes = data.Span;
        ObjectIoRequests.AddExtents(ref writer, ArrayLayout.Akey, layout.CellBytes, new ReadOnlySpan<Recx>(in extent), bytes, properties);
        if (bytes.Length <= ProtocolLimits.InlineBytesMax)
        {
            bytes.CopyTo(writer.TakeValue(bytes.Length));
        }
        else
        {
            call.Borrow(data, MemoryAccess.RemoteRead);
            call.RemoteMemoryOffset = ObjectRequests.MemoryOffset;
        }

        ObjectRequests.Finish(call, writer.LengthBytes, writer.Failed);
    }

    /// <summary>Reads cells that lie in one chunk. Memory above the eager limit is borrowed, else the reader copies.</summary>
    internal static void Read(ClientCall call, Guid container, ObjectId id, ArrayLayout layout, KeyPlace place, ulong cell, Memory<byte> destination)
    {
        Span<byte> dkey = stackalloc byte[ArrayLayout.DkeyBytes];
        ArrayLayout.WriteDkey(layout.DkeyOf(cell), dkey);
        Span<byte> payload = call.Prepare(ObjectOpcodes.Fetch, place.Target, isModification: false, ReplyKind.Extent);
        var target = new ObjectTarget(container, id, place.Hash, Epoch.None, ObjectFlags.None);
        var writer = new ObjectIoWriter(payload, in target, dkey, 1, default);
        var extent = new Recx(cell % layout.ChunkCells, (ulong)(destination.Length / layout.CellBytes));
        writer.AddArray(ArrayLayout.Akey, (ulong)layout.CellBytes, new ReadOnlySpan<Recx>(in extent), ChecksumType.None, 0, default);
        call.CapacityBytes = destination.Length;
        if (destination.Length > ProtocolLimits.InlineBytesMax)
        {
            call.Borrow(destination, MemoryAccess.RemoteWrite);
        }

        call.RemoteMemoryOffset = ObjectRequests.MemoryOffset;
        ObjectRequests.Finish(call, writer.LengthBytes, writer.Failed);
    }
}
