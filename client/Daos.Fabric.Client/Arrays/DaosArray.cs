using Daos.Fabric.Client.Containers;
using Daos.Fabric.Client.KeyValues;
using Daos.Fabric.Client.Objects;
using Daos.Fabric.Client.Operations;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Client.Arrays;

/// <summary>
/// A one-dimensional array of cells with 64-bit indices, cut into chunks that spread over the targets (DAOS: daos_array_*). Any thread, any
/// number of calls at once. Data up to 19 KiB within one chunk is copied before a call returns; larger memory belongs to the call until it
/// has completed, also when it is cancelled. A call that touches several chunks is not atomic.
/// </summary>
/// <remarks>
/// Every call fails with <see cref="DaosException"/>: DER_TIMEDOUT when there was no answer in time (a write may then have happened, in part
/// or not), DER_NOSPACE, DER_NO_HDL, DER_CSUM, DER_REC_SIZE when the cells have another size; and with
/// <see cref="OperationCanceledException"/>.
/// </remarks>
public sealed class DaosArray
{
    private readonly DaosContainer _container;
    private readonly DaosObject _object;

    internal DaosArray(DaosContainer container, ObjectId id, ArrayLayout layout)
    {
        _container = container;
        _object = container.OpenObject(id);
        Layout = layout;
    }

    /// <summary>The object.</summary>
    public ObjectId Id => _object.Id;

    /// <summary>Cell and chunk size.</summary>
    public ArrayLayout Layout { get; }

    /// <summary>Writes whole cells from an index on. When it completes they are durable (in a volatile system: in memory).</summary>
    /// <exception cref="ArgumentException">The data is no whole number of cells.</exception>
    public ValueTask WriteAsync(ulong index, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        ulong cells = CountCells(index, data.Length);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        if (!IsOneChunk(index, cells))
        {
            return WriteChunksAsync(index, data, cancellationToken);
        }

        KeyPlace place = Place(index);
        OperationPool pool = _container.System.OperationsOf(place.Target);
        if (pool.TryRent() is not { } operation)
        {
            ReadOnlyMemory<byte> kept = data.Length <= ProtocolLimits.InlineBytesMax ? data.ToArray() : data;
            return WriteSlowAsync(pool, index, kept, cancellationToken);
        }

        ArrayRequests.Write(operation.Call, _container.Handle, Id, Layout, place, index, data, _container.Properties);
        return operation.Start("array write", cancellationToken).Done;
    }

    /// <summary>
    /// Reads whole cells from an index on and answers how many bytes of them were ever written. Cells that were not read as zero.
    /// </summary>
    /// <exception cref="ArgumentException">The memory is no whole number of cells.</exception>
    public ValueTask<int> ReadAsync(ulong index, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ulong cells = CountCells(index, destination.Length);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        if (!IsOneChunk(index, cells))
        {
            return ReadChunksAsync(index, destination, cancellationToken);
        }

        KeyPlace place = Place(index);
        OperationPool pool = _container.System.OperationsOf(place.Target);
        if (pool.TryRent() is not { } operation)
        {
            return ReadSlowAsync(pool, index, destination, cancellationToken);
        }

        operation.Destination = destination;
        ArrayRequests.Read(operation.Call, _container.Handle, Id, Layout, place, index, destination);
        return operation.Start("array read", cancellationToken).Length;
    }

    /// <summary>Cells up to and including the last one that was written.</summary>
    public async ValueTask<ulong> GetSizeAsync(CancellationToken cancellationToken = default)
    {
        QueryKeyReply? last = await _object.QueryDkeyAsync(ArrayLayout.Akey.ToArray(), largest: true, cancellationToken).ConfigureAwait(false);
        return last is { Dkey: > 0, Recx.Count: > 0 } reply ? Layout.CellAfter(reply.Dkey, reply.Recx.End - 1) : 0;
    }

    /// <summary>
    /// Makes the array this long: cells behind are removed, and when it was shorter its last cell is written as zero. Not atomic when it spans
    /// several chunks.
    /// </summary>
    public async ValueTask SetSizeAsync(ulong cells, CancellationToken cancellationToken = default)
    {
        await ChunkPunches.PunchBehindAsync(_object, cells == 0 ? 0 : Layout.DkeyOf(cells - 1), cancellationToken).ConfigureAwait(false);
        if (cells == 0)
        {
            return;
        }

        ulong record = (cells - 1) % Layout.ChunkCells;
        if (record + 1 < Layout.ChunkCells)
        {
            await PunchAsync(cells, Layout.ChunkCells - record - 1, cancellationToken).ConfigureAwait(false);
        }

        // The last cell keeps the size: it is written as zero only if it is a hole.
        byte[] cell = new byte[Layout.CellBytes];
        if (await ReadAsync(cells - 1, cell, cancellationToken).ConfigureAwait(false) == 0)
        {
            await WriteAsync(cells - 1, cell, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Removes cells: they become a hole that reads as zero. A range of many chunks costs a listing and a call for each chunk that is there.
    /// Not atomic when it spans several chunks.
    /// </summary>
    public async ValueTask PunchAsync(ulong index, ulong cells, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, ulong.MaxValue - Layout.ChunkCells);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cells, ulong.MaxValue - Layout.ChunkCells - index, nameof(cells));
        await ChunkPunches.PunchCellsAsync(_object, Layout, index, cells, cancellationToken).ConfigureAwait(false);
    }

    private KeyPlace Place(ulong index)
    {
        Span<byte> dkey = stackalloc byte[ArrayLayout.DkeyBytes];
        ArrayLayout.WriteDkey(Layout.DkeyOf(index), dkey);
        return KeyPlace.Of(Id, dkey, _container.TargetCount, "array");
    }

    private bool IsOneChunk(ulong index, ulong cells) => (index % Layout.ChunkCells) + cells <= Layout.ChunkCells;

    private ulong CountCells(ulong index, int lengthBytes)
    {
        if (lengthBytes == 0 || lengthBytes % Layout.CellBytes != 0)
        {
            throw new ArgumentException($"{lengthBytes} bytes are no whole number of cells of {Layout.CellBytes} bytes");
        }

        ulong cells = (ulong)(lengthBytes / Layout.CellBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, ulong.MaxValue - Layout.ChunkCells - cells);
        return cells;
    }

    private async ValueTask WriteSlowAsync(OperationPool pool, ulong index, ReadOnlyMemory<byte> data, CancellationToken token)
    {
        ClientOperation operation = await pool.RentAsync("array write", token).ConfigureAwait(false);
        ArrayRequests.Write(operation.Call, _container.Handle, Id, Layout, Place(index), index, data, _container.Properties);
        await operation.Start("array write", token).Done.ConfigureAwait(false);
    }

    private async ValueTask<int> ReadSlowAsync(OperationPool pool, ulong index, Memory<byte> destination, CancellationToken token)
    {
        ClientOperation operation = await pool.RentAsync("array read", token).ConfigureAwait(false);
        operation.Destination = destination;
        ArrayRequests.Read(operation.Call, _container.Handle, Id, Layout, Place(index), index, destination);
        return await operation.Start("array read", token).Length.ConfigureAwait(false);
    }

    private async ValueTask WriteChunksAsync(ulong index, ReadOnlyMemory<byte> data, CancellationToken token)
    {
        var pieces = new ChunkPieces(Layout, index, data.Length);
        await pieces.RunAsync((cell, offset, lengthBytes) => CountedAsync(WriteAsync(cell, data.Slice(offset, lengthBytes), token))).ConfigureAwait(false);

        static async ValueTask<int> CountedAsync(ValueTask write)
        {
            await write.ConfigureAwait(false);
            return 0;
        }
    }

    private async ValueTask<int> ReadChunksAsync(ulong index, Memory<byte> destination, CancellationToken token)
    {
        var pieces = new ChunkPieces(Layout, index, destination.Length);
        return await pieces.RunAsync((cell, offset, lengthBytes) => ReadAsync(cell, destination.Slice(offset, lengthBytes), token)).ConfigureAwait(false);
    }
}
