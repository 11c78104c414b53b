using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Devices.Format;
using Daos.Fabric.Store.Media.Signatures;

namespace Daos.Fabric.Store.Devices;

/// <summary>
/// Lays a device out: an empty table, durable, then the header, so that an interrupted formatting is no device. Owner thread; for other threads
/// there is <see cref="DeviceFormatting"/>.
/// </summary>
public static class DeviceFormatter
{
    internal const long ClusterBytesMin = 64 << 10;
    internal const long ClusterBytesMax = 1 << 30;

    /// <summary>
    /// Gives the identity of the new device. DER_EXIST: it holds something that is known, and nothing was written; DER_NONEXIST, DER_BUSY,
    /// DER_NO_PERM, DER_NOSPACE (too small), DER_INVAL, DER_IO; with a sentence in the report.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<Guid>> RunAsync(OwnerLoop loop, DeviceFormatOptions options)
    {
        loop.Assert();
        DerCode code = Check(options);
        code = code.IsSuccess ? Create(loop.Reactor.Files, options) : code;
        if (code.IsError)
        {
            return code;
        }

        DerResult<DeviceFile> file = await DeviceFile.OpenAsync(loop, options.Path, FileAccessMode.Direct, health: null, options.Report);
        if (!file.IsSuccess)
        {
            return file.Code;
        }

        DerResult<Guid> device = await LayOutAsync(loop, file.Value, options);
        file.Value.Close();
        return device;
    }

    private static DerCode Check(DeviceFormatOptions options)
    {
        string? wrong = !long.IsPow2(options.ClusterBytes) || options.ClusterBytes is < ClusterBytesMin or > ClusterBytesMax
            ? $"clusters of {options.ClusterBytes} bytes are not possible; a power of two from {ClusterBytesMin} to {ClusterBytesMax} is"
            : System.Text.Encoding.UTF8.GetByteCount(options.Owner.System) > DeviceOwner.SystemBytesMax
                ? $"the name of the system is longer than {DeviceOwner.SystemBytesMax} bytes"
                : null;
        return wrong is null ? DerCode.Success : options.Report.Fail(DerCode.Invalid, $"{options.Path} cannot be formatted: {wrong}.");
    }

    private static DerCode Create(IReactorFiles files, DeviceFormatOptions options)
    {
        if (options.CreateBytes == 0 || files.Exists(options.Path))
        {
            return DerCode.Success;
        }

        DerResult<int> file = files.Create(options.Path, options.CreateBytes, FileAccessMode.Buffered);
        if (file.IsSuccess)
        {
            files.Close(file.Value);
        }

        return file.IsSuccess
            ? DerCode.Success
            : options.Report.Fail(file.Code, $"The file {options.Path} of {options.CreateBytes} bytes cannot be created: {file.Code.Text}.");
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerResult<Guid>> LayOutAsync(OwnerLoop loop, DeviceFile file, DeviceFormatOptions options)
    {
        DerResult<long> length = file.Media.Length;
        if (!length.IsSuccess)
        {
            return options.Report.Fail(length.Code, $"The size of {options.Path} cannot be read: {length.Code.Text}.");
        }

        DeviceGeometry geometry = DeviceGeometry.For(length.Value, options.ClusterBytes);
        if (length.Value < DeviceGeometry.DeviceBytesMin || geometry.Clusters == 0)
        {
            return options.Report.Fail(
                DerCode.NoSpace, $"{options.Path} has {length.Value} bytes: too small for a device of an engine, which has at least {Math.Max(DeviceGeometry.DeviceBytesMin, geometry.OffsetOf(1))}.");
        }

        DerCode code = await CarrierCheck.RunAsync(file.Media, options.Force, options.Report);
        if (code.IsError)
        {
            return code;
        }

        using var header = new DeviceHeader { OnPersist = options.OnPersist };
        FillHeader(header, loop, options, length.Value, geometry);
        using var table = new NativeSlab(DeviceHeaderDf.SizeBytes);
        DeviceProbe.Reach(options.OnPersist, DevicePersistPoint.BeforeFormatTable);
        code = await file.Media.WriteAsync(FillTable(table, header), DeviceHeaderDf.SizeBytes, geometry.TableOffset(0));
        DeviceProbe.Reach(options.OnPersist, DevicePersistPoint.AfterFormatTable);

        // What was wiped must be gone before the header says that it is: an older header would count more than this one.
        DeviceProbe.Reach(options.OnPersist, DevicePersistPoint.BeforeFormatFlush);
        code = code.IsSuccess ? await file.FlushAsync() : code;
        DeviceProbe.Reach(options.OnPersist, DevicePersistPoint.AfterFormatFlush);
        code = code.IsSuccess ? await header.WriteAsync(file.Media) : code;
        return code.IsSuccess
            ? header.Values.Id
            : options.Report.Fail(code, $"{options.Path} cannot be written: {code.Text}. Check the device.");
    }

    private static void FillHeader(DeviceHeader header, OwnerLoop loop, DeviceFormatOptions options, long deviceBytes, in DeviceGeometry geometry)
    {
        ref DeviceHeaderDf values = ref header.Values;
        values.Id = options.Random.NextGuid();
        values.TableSequence = 1;
        values.DeviceBytes = (ulong)deviceBytes;
        values.ClusterBytes = (ulong)geometry.ClusterBytes;
        values.TableAreaBytes = (ulong)geometry.TableAreaBytes;
        values.Clusters = (ulong)geometry.Clusters;
        values.CreatedUnixNs = (ulong)loop.Clock.UnixNs;
        values.Owner = options.Owner;
        values.Roles = (uint)options.Roles;
    }

    private static unsafe nint FillTable(NativeSlab memory, DeviceHeader header)
    {
        new Span<byte>(memory.Address, DeviceHeaderDf.SizeBytes).Clear();
        BlobTable.Empty.Write(memory.Address, header.Values.Id, header.Values.TableSequence);
        header.Values.TableBytes = (uint)BlobTable.Empty.SizeBytes;
        header.Values.TableChecksum = Crc32C.Compute(new ReadOnlySpan<byte>(memory.Address, (int)BlobTable.Empty.SizeBytes));
        return (nint)memory.Address;
    }
}
