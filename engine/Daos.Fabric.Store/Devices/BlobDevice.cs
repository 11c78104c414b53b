using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Devices.Format;
using Daos.Fabric.Store.Media;

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
public sealed partial class BlobDevice : IDisposable
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
            // Part of the change: what is trimmed must not be given to another blob meanwhile.
            Begin();
            await TrimAsync(gone);
            _isChanging = false;
        }

        return code;
    }

    /// <summary>Gives blobs another tag, all of them with one change; whoever uses them goes on. No two may get the same.</summary>
    /// <param name="become">The tag of each blob from now on.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> AssignAsync(Func<BlobTag, BlobTag> become)
    {
        _loop.Assert();
        BlobRecord[] changed = [.. _table.Blobs.Where(b => become(b.Tag) != b.Tag).Select(b => b with { Tag = become(b.Tag) })];
        return changed.Length == 0 ? State : await ChangeAsync(_table.With(changed, []));
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

    /// <summary>The same as <see cref="Close"/>.</summary>
    public void Dispose() => Close();

    /// <summary>Simulations only: frees the memory after a crash has closed the descriptor.</summary>
    internal void ReleaseAfterCrash() => _header.Dispose();

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

    private DerCode Fail(DerCode code, string why) => _options.Report.Fail(code, $"The device {Path} cannot be used so: {why}.");

    private static int WholeBlocks(int bytes) => (bytes + DataExtent.BlockBytes - 1) / DataExtent.BlockBytes * DataExtent.BlockBytes;

    private static unsafe nint AddressOf(NativeSlab memory) => (nint)memory.Address;
}
