using System.Globalization;
using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Store.Tool;

/// <summary><c>dstore device</c>: whose a shared device is, how full it is, and a line for each blob.</summary>
internal sealed class DeviceCommand(TextWriter output, TextWriter errors)
{
    internal int Run(string path)
    {
        using var loop = new ToolLoop();
        var sentence = new StoreReport();
        DerResult<DeviceDescription> found = loop.Run(
            () => BlobDevice.DescribeAsync(loop.Loop, new DeviceOpenOptions { Path = path, IsReadOnly = true, Report = sentence }));
        if (!found.IsSuccess)
        {
            errors.WriteLine($"dstore: {sentence.LastError}");
            return StoreOpener.CodeOf(found.Code);
        }

        DeviceDescription device = found.Value;
        output.WriteLine($"device: {device.Id}");
        output.WriteLine($"owner: {device.Owner}");
        output.WriteLine($"format version: {device.Version}, roles {device.Roles.ToString().ToLowerInvariant()}, table sequence {device.TableSequence}");
        output.WriteLine($"formatted: {DateTimeOffset.FromUnixTimeMilliseconds(device.CreatedUnixNs / 1_000_000).ToString("u", CultureInfo.InvariantCulture)}");
        output.WriteLine($"size: {device.DeviceBytes} bytes, {device.TotalBytes} for blobs in clusters of {device.ClusterBytes}, {device.FreeBytes} free");
        foreach (DeviceBlob blob in device.Blobs)
        {
            output.WriteLine($"blob {blob.Id}: {blob.Tag}, {blob.LengthBytes} bytes in {blob.ExtentCount} {(blob.ExtentCount == 1 ? "piece" : "pieces")}");
        }

        return ExitCode.Sound;
    }
}
