using Daos.Fabric.Client.Arrays;
using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Client.KeyValues;

namespace Daos.Fabric.Client.Sessions;

/// <summary>
/// An array on a context that its application drives itself: the calls of <see cref="DaosArray"/> on one chunk each, with codes instead of
/// exceptions and without a thread to cross. Owned by the context's loop; allocates nothing per call. DER_AGAIN when
/// <see cref="ClientLimits.OperationsMax"/> calls of the context are under way.
/// </summary>
public sealed class ArraySession
{
    private readonly ContainerSession _container;
    private readonly ClientContext _context;

    internal ArraySession(ContainerSession container, ObjectId id, ArrayLayout layout)
    {
        _container = container;
        _context = container.Context;
        Id = id;
        Layout = layout;
    }

    /// <summary>The object.</summary>
    public ObjectId Id { get; }

    /// <summary>Cell and chunk size.</summary>
    public ArrayLayout Layout { get; }

    /// <summary>
    /// Writes whole cells that lie in one chunk. Up to 19 KiB are copied before this returns, more is borrowed until the call has completed;
    /// native memory (<c>OwnedBuffer</c>, <c>DaosBuffer</c>) is not pinned.
    /// </summary>
    /// <exception cref="ArgumentException">The cells do not lie in one chunk.</exception>
    public ValueTask<DerCode> WriteAsync(ulong index, ReadOnlyMemory<byte> data)
    {
        KeyPlace place = Place(index, data.Length);
        if (_context.TryRentCall() is not { } call)
        {
            return ValueTask.FromResult(DerCode.Again);
        }

        ArrayRequests.Write(call, _container.Handle, Id, Layout, place, index, data, _container.Properties);
        return _context.RunAndReturnAsync(call);
    }

    /// <summary>
    /// Reads whole cells that lie in one chunk and answers how many bytes of them were ever written; the rest reads as zero. The memory is
    /// the call's until it has completed.
    /// </summary>
    /// <exception cref="ArgumentException">The cells do not lie in one chunk.</exception>
    public ValueTask<DerResult<int>> ReadAsync(ulong index, Memory<byte> destination)
    {
        KeyPlace place = Place(index, destination.Length);
        if (_context.TryRentCall() is not { } call)
        {
            return ValueTask.FromResult<DerResult<int>>(DerCode.Again);
        }

        ArrayRequests.Read(call, _container.Handle, Id, Layout, place, index, destination);
        return _context.ReadAndReturnAsync(call, destination);
    }

    private KeyPlace Place(ulong index, int lengthBytes)
    {
        ulong cells = (ulong)(lengthBytes / Layout.CellBytes);
        if (lengthBytes == 0 || lengthBytes % Layout.CellBytes != 0 || (index % Layout.ChunkCells) + cells > Layout.ChunkCells)
        {
            throw new ArgumentException($"{lengthBytes} bytes from cell {index} on are no whole cells of one chunk");
        }

        Span<byte> dkey = stackalloc byte[ArrayLayout.DkeyBytes];
        ArrayLayout.WriteDkey(Layout.DkeyOf(index), dkey);
        return KeyPlace.Of(Id, dkey, _container.TargetCount, "array");
    }
}
