using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Devices.Format;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Devices;

/// <summary>The header in memory and its two copies on the device. Owned by one owner thread.</summary>
internal sealed class DeviceHeader : IDisposable
{
    private readonly NativeSlab _memory = new(2 * DeviceHeaderDf.SizeBytes);
    private int _newestCopy;

    /// <summary>Tests only.</summary>
    internal Action<DevicePersistPoint>? OnPersist { get; init; }

    /// <summary>The values; changes count once <see cref="WriteAsync"/> has succeeded.</summary>
    internal unsafe ref DeviceHeaderDf Values => ref *Copy(0);

    /// <summary>The copies differ, or one is bad: a crash came between two writes, or the medium lost one.</summary>
    internal bool HasStaleCopy { get; private set; }

    /// <summary>
    /// Reads both copies and takes the newer good one. DER_DF_INVAL: not a device of an engine, or both are damaged; DER_DF_INCOMPT: a newer
    /// format; DER_IO. Nothing is written.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> ReadAsync(MediaFile device, StoreReport report)
    {
        int best = -1;
        for (int i = 0; i < DeviceHeaderDf.CopyCount; i++)
        {
            DerCode code = await device.ReadAsync(AddressOf(i), DeviceHeaderDf.SizeBytes, i * DeviceHeaderDf.CopyDistanceBytes);
            if (code.IsError)
            {
                return report.Fail(code, $"The header of {device.Path} cannot be read: {code.Text}. Check the device.");
            }

            best = IsGood(i) && (best < 0 || SequenceOf(i) > SequenceOf(best)) ? i : best;
        }

        if (best < 0)
        {
            return report.Fail(DerCode.DfInval, HasMagic(0) || HasMagic(1)
                ? $"Both headers of {device.Path} are damaged (bad checksum), so nothing on it can be trusted. Replace the device."
                : $"{device.Path} is not formatted as a device of an engine. Format it, or check the path.");
        }

        HasStaleCopy = !IsGood(1 - best) || SequenceOf(1 - best) != SequenceOf(best);
        return Take(best, device.Path, report);
    }

    /// <summary>Writes both copies durably, the older or damaged one first, so that at every moment one good copy exists.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> WriteAsync(MediaFile device)
    {
        Seal();
        for (int i = 1; i <= DeviceHeaderDf.CopyCount; i++)
        {
            int copy = (_newestCopy + i) % DeviceHeaderDf.CopyCount;
            DeviceProbe.Reach(OnPersist, DevicePersistPoint.BeforeHeaderCopy);
            DerCode code = await device.WriteAsync(AddressOf(0), DeviceHeaderDf.SizeBytes, copy * DeviceHeaderDf.CopyDistanceBytes, WriteMode.Durable);
            if (code.IsError)
            {
                return code;
            }

            DeviceProbe.Reach(OnPersist, DevicePersistPoint.AfterHeaderCopy);
        }

        HasStaleCopy = false;
        return DerCode.Success;
    }

    /// <summary>Frees the memory; no write may be under way.</summary>
    public void Dispose() => _memory.Dispose();

    private unsafe DeviceHeaderDf* Copy(int index) => (DeviceHeaderDf*)(_memory.Address + (index * DeviceHeaderDf.SizeBytes));

    private unsafe nint AddressOf(int index) => (nint)Copy(index);

    private unsafe ulong SequenceOf(int index) => Copy(index)->Sequence;

    private unsafe bool HasMagic(int index) => Copy(index)->Magic == DeviceHeaderDf.MagicValue;

    private unsafe bool IsGood(int index) => HasMagic(index) && Copy(index)->Checksum == DeviceHeaderDf.ChecksumOf(Copy(index));

    private unsafe void Seal()
    {
        DeviceHeaderDf* values = Copy(0);
        values->Magic = DeviceHeaderDf.MagicValue;
        values->Version = DeviceHeaderDf.VersionValue;
        values->Sequence++;
        values->Checksum = DeviceHeaderDf.ChecksumOf(values);
    }

    private unsafe DerCode Take(int best, string path, StoreReport report)
    {
        _newestCopy = best;
        *Copy(0) = *Copy(best);
        ulong unknown = Values.IncompatibleFeatures & ~DeviceHeaderDf.KnownFeatures;
        if (Values.Version > DeviceHeaderDf.VersionValue || unknown != 0)
        {
            return report.Fail(DerCode.DfIncompt, Values.Version > DeviceHeaderDf.VersionValue
                ? $"{path} has device format version {Values.Version}, this program knows up to {DeviceHeaderDf.VersionValue}. Use a newer program."
                : $"{path} uses features 0x{unknown:x} that this program does not know. Use a newer program.");
        }

        DeviceGeometry geometry = Values.Geometry;
        bool isPossible = geometry.ClusterBytes is >= DeviceFormatter.ClusterBytesMin and <= DeviceFormatter.ClusterBytesMax
            && geometry.TableAreaBytes is > 0 and <= int.MaxValue
            && Values.TableBytes <= Values.TableAreaBytes
            && Values.TableArea <= 1
            && Values.DeviceBytes <= long.MaxValue
            && geometry.Clusters >= 0
            && geometry.Clusters <= ((long)Values.DeviceBytes - geometry.FirstClusterOffset) / geometry.ClusterBytes;
        return isPossible
            ? DerCode.Success
            : report.Fail(DerCode.DfInval, $"The header of {path} has a good checksum and impossible sizes. Replace the device.");
    }
}
