using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Devices.Format;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Media.Trimming;

namespace Daos.Fabric.Store.Devices;

/// <summary>
/// A device that several shards share: its table of blobs, and the one descriptor over which all of them do their I/O. The table belongs to one
/// owner thread, and changes only there, one change at a time; other owner threads are given <see cref="DeviceBlob"/>s, which never change, and use
/// the descriptor on their own reactors until they gave the blobs back.
/// </summary>
/// <remarks>
/// A change of the table: the whole new table, durably, to the area that does not count; then both copies of the header, which name it. Before the
/// first of them the old table counts, after it the new one. When a write fails it is not known which one will be found: nothing changes any more
/// until the device is opened anew.
/// </remarks>
public sealed class BlobDevice
{
    private readonly OwnerLoop _loop;
    private readonly DeviceOpenOptions _options;
    private readonly DeviceFile _file;
    private readonly DeviceHeader _header;
    private readonly bool _isBlockDevice;
    private BlobTable _table = BlobTable.Empty;
    private bool _isChanging;

    private BlobDevice(OwnerLoop loop, DeviceOpenOptions options, DeviceFile file)
    {
        _loop = loop;
        _options = options;
        _file = file;
        _header = new DeviceHeader { OnPersist = options.OnPersist };
        _isBlockDevice = loop.Reactor.Files.KindOf(options.Path) == PathKind.Device;
    }

    /// <summary>Identity.</summary>
    public Guid Id => _header.Values.Id;

    /// <summary>The path that it was opened by.</summary>
    public string Path => _options.Path;

    /// <summary>Whose it is.</summary>
    public DeviceOwner Owner => _header.Values.Owner;

    /// <summary>What it was formatted to hold.</summary>
    public BlobRole Roles => (BlobRole)_header.Values.Roles;

    /// <summary>Success, or why the table cannot be changed any more.</summary>
    public DerCode State { get; private set; } = DerCode.Success;

    /// <summary>Room for blobs.</summary>
    public long TotalBytes => Geometry.TotalBytes;

    /// <summary>Room that no blob has.</summary>
    public long FreeBytes => TotalBytes - (_table.UsedClusters * Geometry.ClusterBytes);

    /// <summary>In the order of pool, target and role.</summary>
    public IReadOnlyList<DeviceBlob> Blobs =>
        [.. _table.Blobs.OrderBy(static b => b.Tag.Pool).ThenBy(static b => b.Tag.Target).ThenBy(static b => b.Tag.Role).Select(Publish)];

    private DeviceGeometry Geometry => _header.Values.Geometry;

    /// <summary>
    /// Opens a formatted device, exclusively. DER_NONEXIST; DER_BUSY: mounted, or somebody else has it; DER_DF_INVAL: not formatted, or damaged;
    /// DER_DF_INCOMPT: a newer format; DER_IO; with a sentence in the report.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<BlobDevice>> OpenAsync(OwnerLoop loop, DeviceOpenOptions options)
    {
        loop.Assert();
        FileAccessMode mode = options.IsReadOnly ? FileAccessMode.ReadOnly : FileAccessMode.Direct;
        DerResult<DeviceFile> file = await DeviceFile.OpenAsync(loop, options.Path, mode, options.Health, options.Report);
        if (!file.IsSuccess)
        {
            return file.Code;
        }

        var device = new BlobDevice(loop, options, file.Value);
        DerCode code = await device.LoadAsync();
        if (code.IsError)
        {
            device.Close();
            return code;
        }

        return device;
    }

    /// <summary>Opens a device, looks, and closes it.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<DeviceDescription>> DescribeAsync(OwnerLoop loop, DeviceOpenOptions options)
    {
        DerResult<BlobDevice> device = await OpenAsync(loop, options);
        if (!device.IsSuccess)
        {
            return device.Code;
        }

        DeviceDescription description = device.Value.Describe();
        device.Value.Close();
        return description;
    }

    /// <summary>What is on it now.</summary>
    public DeviceDescription Describe()
    {
        ref DeviceHeaderDf values = ref _header.Values;
        return new DeviceDescription(
            Id, Owner, Roles, (int)values.Version, (long)values.DeviceBytes, Geometry.ClusterBytes, TotalBytes, FreeBytes, values.TableSequence,
            (long)values.CreatedUnixNs, Blobs);
    }

    /// <summary>The blob of a role, or null.</summary>
    public DeviceBlob? Find(BlobTag tag) => _table.Find(tag) is { } record ? Publish(record) : null;

    /// <summary>
    /// Makes blobs, all of them with one change; one that is there already stays as it is, so that a repeated call gives the same. What they
    /// hold is whatever lay there before. DER_NOSPACE: nothing was made, with a sentence; DER_IO.
    /// </summary>
    /// <param name="requests">Whose and how large.</param>
    /// <param name="random">Source of their identities.</param>
    public ValueTask<DerCode> CreateAsync(IReadOnlyList<BlobRequest> requests, SeededRandom random) => AllocateAsync(requests, random);

    /// <summary>
    /// Makes blobs as large as asked for, all of them with one change; what is large enough stays as it is. DER_NONEXIST: there is no such
    /// blob; DER_NOSPACE; nothing became larger then.
    /// </summary>
    public ValueTask<DerCode> GrowAsync(IReadOnlyList<BlobRequest> requests) => AllocateAsync(requests, random: null);

    /// <summary>Whether <see cref="CreateAsync"/> and <see cref="GrowAsync"/> would find room now; a sentence is in the report when not.</summary>
    public DerCode CheckRoom(IReadOnlyList<BlobRequest> requests) => Plan(requests, _ => Guid.Empty, out _);

    /// <summary>
    /// Gives back every blob that fits, with one change, and tells a block device that it need not keep what they held. Nobody may use them
    /// any more. Success when there was none.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> DestroyAsync(Func<BlobTag, bool> fits)
    {
        _loop.Assert();
        BlobRecord[] gone = [.. _table.Blobs.Where(b => fits(b.Tag))];
        if (gone.Length == 0)
        {
            return State;
        }

        DerCode code = await ChangeAsync(_table.With([], gone.Select(static b => b.Id)));
        if (code.IsSuccess && _isBlockDevice)
        {
            await TrimAsync(gone);
        }

        return code;
    }

    /// <summary>Writes onto the device whose it is.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> ClaimAsync(DeviceOwner owner)
    {
        Begin();
        if (State.IsSuccess)
        {
            _header.Values.Owner = owner;
            State = await _header.WriteAsync(_file.Media);
        }

        return End();
    }

    /// <summary>Lets others use it. No blob may be in use; when the owner thread has ended, that is so.</summary>
    public void Close()
    {
        _file.Close();
        _header.Dispose();
    }

    private DeviceBlob Publish(BlobRecord record) =>
        new(record, Path, _file.Media.Handle.Descriptor, _isBlockDevice, Geometry);

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> LoadAsync()
    {
        DerCode code = await _header.ReadAsync(_file.Media, _options.Report);
        if (code.IsError)
        {
            return code;
        }

        DerResult<long> length = _file.Media.Length;
        if (!length.IsSuccess || (ulong)length.Value < _header.Values.DeviceBytes)
        {
            return Fail(length.IsSuccess ? DerCode.DfInval : length.Code, $"it is smaller than when it was formatted: {length.Value} of {_header.Values.DeviceBytes} bytes. Put the whole one back");
        }

        code = await ReadTableAsync();
        return code.IsSuccess && _header.HasStaleCopy && !_options.IsReadOnly ? await _header.WriteAsync(_file.Media) : code;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> ReadTableAsync()
    {
        int bytes = (int)_header.Values.TableBytes;
        using var memory = new NativeSlab(WholeBlocks(bytes));
        DerCode code = await _file.Media.ReadAsync(AddressOf(memory), WholeBlocks(bytes), Geometry.TableOffset(_header.Values.TableArea));
        return code.IsError ? Fail(code, "its table of blobs cannot be read. Check the device") : Parse(memory, bytes);
    }

    private unsafe DerCode Parse(NativeSlab memory, int bytes)
    {
        bool isGood = Crc32C.Compute(new ReadOnlySpan<byte>(memory.Address, bytes)) == _header.Values.TableChecksum;
        string wrong = "bad checksum";
        BlobTable? table = isGood ? BlobTable.Read(memory.Address, bytes, in _header.Values, out wrong) : null;
        _table = table ?? _table;
        return table is null ? Fail(DerCode.DfInval, $"its table of blobs is damaged: {wrong}. Set it faulty and replace it") : DerCode.Success;
    }

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

    private DerCode Fail(DerCode code, string why) => _options.Report.Fail(code, $"The device {Path} cannot be used so: {why}.");

    private static int WholeBlocks(int bytes) => (bytes + DataExtent.BlockBytes - 1) / DataExtent.BlockBytes * DataExtent.BlockBytes;

    private static unsafe nint AddressOf(NativeSlab memory) => (nint)memory.Address;

    private unsafe uint Fill(NativeSlab memory, BlobTable table, ulong sequence)
    {
        new Span<byte>(memory.Address, (int)memory.LengthBytes).Clear();
        table.Write(memory.Address, Id, sequence);
        return Crc32C.Compute(new ReadOnlySpan<byte>(memory.Address, (int)table.SizeBytes));
    }
}
