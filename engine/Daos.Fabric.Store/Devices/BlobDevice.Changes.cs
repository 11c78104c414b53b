using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Devices.Format;
using Daos.Fabric.Store.Media.Trimming;

namespace Daos.Fabric.Store.Devices;

/// <content>How a change of the table is planned and becomes durable.</content>
public sealed partial class BlobDevice
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> AllocateAsync(IReadOnlyList<BlobRequest> requests, SeededRandom? random)
    {
        _loop.Assert();
        if (State.IsError)
        {
            return State;
        }

        DerCode code = Plan(requests, random is null ? null : _ => random.NextGuid(), out List<BlobRecord> changed);
        return code.IsError || changed.Count == 0 ? code : await ChangeAsync(_table.With(changed, []));
    }

    private DerCode Plan(IReadOnlyList<BlobRequest> requests, Func<BlobTag, Guid>? draw, out List<BlobRecord> changed)
    {
        changed = [];
        var map = new ClusterMap(_table, Geometry.Clusters);
        long wantedBytes = 0;
        foreach (BlobRequest request in requests)
        {
            BlobRecord? record = _table.Find(request.Tag);
            if (record is null && draw is null)
            {
                return Fail(DerCode.Nonexist, $"it has no {request.Tag}");
            }

            long more = Geometry.ClustersFor(request.LengthBytes) - (record?.Clusters ?? 0);
            wantedBytes += Math.Max(0, more) * Geometry.ClusterBytes;
            if (more > 0 && map.TryTake(more, record?.Extents ?? []) is { } extents)
            {
                changed.Add(new BlobRecord(record?.Id ?? draw!(request.Tag), request.Tag, extents));
            }
            else if (more > 0)
            {
                return Fail(DerCode.NoSpace, $"it has {FreeBytes} bytes free, and {wantedBytes} and more are needed. Ask for less, or use a larger device");
            }
        }

        return DerCode.Success;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> ChangeAsync(BlobTable table)
    {
        if (table.SizeBytes > Geometry.TableAreaBytes)
        {
            return Fail(DerCode.NoSpace, $"its table of blobs is full with {_table.Blobs.Count()}");
        }

        Begin();
        if (State.IsSuccess)
        {
            State = await WriteAsync(table);
        }

        if (State.IsSuccess)
        {
            _table = table;
        }

        return End();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WriteAsync(BlobTable table)
    {
        uint area = 1 - _header.Values.TableArea;
        ulong sequence = _header.Values.TableSequence + 1;
        using var memory = new NativeSlab(WholeBlocks((int)table.SizeBytes));
        uint checksum = Fill(memory, table, sequence);
        DeviceProbe.Reach(_options.OnPersist, DevicePersistPoint.BeforeTableWrite);
        DerCode code = await _file.Media.WriteAsync(AddressOf(memory), (int)memory.LengthBytes, Geometry.TableOffset(area), WriteMode.Durable);
        DeviceProbe.Reach(_options.OnPersist, DevicePersistPoint.AfterTableWrite);
        if (code.IsError)
        {
            return code;
        }

        ref DeviceHeaderDf values = ref _header.Values;
        values.TableArea = area;
        values.TableSequence = sequence;
        values.TableBytes = (uint)table.SizeBytes;
        values.TableChecksum = checksum;
        return await _header.WriteAsync(_file.Media);
    }

    // Free already: what fails here leaves the device with more than it need keep, and nothing else.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask TrimAsync(BlobRecord[] gone)
    {
        foreach (BlobExtent extent in gone.SelectMany(static b => b.Extents))
        {
            DeviceProbe.Reach(_options.OnPersist, DevicePersistPoint.BeforeBlobTrim);
            DerCode code = await FileTrim.RunAsync(
                _loop, _file.Media.Handle, Geometry.OffsetOf(extent.Cluster), extent.Clusters * Geometry.ClusterBytes);
            DeviceProbe.Reach(_options.OnPersist, DevicePersistPoint.AfterBlobTrim);
            if (code == DerCode.NotSupported)
            {
                return;
            }
        }
    }

    private void Begin()
    {
        _loop.Assert();
        Invariant.Check(!_isChanging && !_options.IsReadOnly);
        _isChanging = true;
    }

    private DerCode End()
    {
        _isChanging = false;
        return State.IsSuccess ? State : Fail(State, $"its tables cannot be written: {State.Text}. Set it faulty and replace it");
    }

    private unsafe uint Fill(NativeSlab memory, BlobTable table, ulong sequence)
    {
        new Span<byte>(memory.Address, (int)memory.LengthBytes).Clear();
        table.Write(memory.Address, Id, sequence);
        return Crc32C.Compute(new ReadOnlySpan<byte>(memory.Address, (int)table.SizeBytes));
    }
}
