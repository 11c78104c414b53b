using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Store.Tests.Devices;

/// <summary>Shared devices on a simulated node.</summary>
internal static class DeviceWorld
{
    internal const string Path = "/dev/shared";
    internal const long DeviceBytes = 64 << 20;
    internal const long MiB = 1 << 20;

    internal static readonly Guid Pool = new("00000000-0000-0000-0000-0000000000aa");

    internal static StoreWorld Make(ulong seed = 1, long deviceBytes = DeviceBytes)
    {
        var world = new StoreWorld(seed);
        world.Node.Disk.AddDevice(Path, deviceBytes);
        return world;
    }

    internal static DeviceFormatOptions FormatOptions(StoreWorld world) => new() { Path = Path, Random = world.World.Random.Fork() };

    internal static Guid Format(StoreWorld world, DeviceFormatOptions? options = null)
    {
        options ??= FormatOptions(world);
        DerResult<Guid> device = world.Run(() => DeviceFormatter.RunAsync(world.Loop, options));
        Assert.True(device.IsSuccess, options.Report.LastError);
        return device.Value;
    }

    internal static BlobDevice Open(StoreWorld world, Action<DevicePersistPoint>? onPersist = null)
    {
        var options = new DeviceOpenOptions { Path = Path, OnPersist = onPersist };
        DerResult<BlobDevice> device = world.Run(() => BlobDevice.OpenAsync(world.Loop, options));
        Assert.True(device.IsSuccess, options.Report.LastError);
        return device.Value;
    }

    internal static DerCode TryOpen(StoreWorld world, out string sentence)
    {
        var options = new DeviceOpenOptions { Path = Path };
        DerResult<BlobDevice> device = world.Run(() => BlobDevice.OpenAsync(world.Loop, options));
        if (device.IsSuccess)
        {
            device.Value.Close();
        }

        sentence = options.Report.LastError;
        return device.Code;
    }

    internal static BlobRequest Ask(int target, BlobRole role, long bytes) => new(new BlobTag(Pool, target, role), bytes);

    internal static DerCode Create(StoreWorld world, BlobDevice device, params BlobRequest[] requests) =>
        world.Run(() => device.CreateAsync(requests, world.World.Random));

    internal static DerCode Grow(StoreWorld world, BlobDevice device, params BlobRequest[] requests) => world.Run(() => device.GrowAsync(requests));

    internal static DerCode Destroy(StoreWorld world, BlobDevice device, int target) =>
        world.Run(() => device.DestroyAsync(t => t.Target == target));

    /// <summary>Blobs for the three roles of a shard with these options.</summary>
    internal static RoleBlobs ShardBlobs(StoreWorld world, BlobDevice device, int target, StoreOptions options)
    {
        BlobRole[] roles = [BlobRole.Wal, BlobRole.Meta, BlobRole.Data];
        BlobRequest[] requests = [.. roles.Select(r => Ask(target, r, ShardBlobSizes.Of(r, options.ArenaReserveBytes, options.LogBytes, options.DataBytes)))];
        Assert.Equal(DerCode.Success, Create(world, device, requests));
        return BlobsOf(device, target);
    }

    internal static RoleBlobs BlobsOf(BlobDevice device, int target) => RoleBlobs.Of(device.Blobs.Where(b => b.Tag.Target == target));

    /// <summary>The table in words: what a crash must leave as before or as after.</summary>
    internal static string Describe(BlobDevice device) =>
        string.Join("; ", device.Blobs.Select(b => $"{b.Tag} {b.LengthBytes} in {b.ExtentCount}")) + $"; free {device.FreeBytes}";

    /// <summary>Every byte of every blob lies on the device, behind the tables, and belongs to no other.</summary>
    internal static void AssertApart(BlobDevice device)
    {
        var seen = new HashSet<long>();
        foreach (DeviceBlob blob in device.Blobs)
        {
            for (long offset = 0; offset < blob.LengthBytes; offset += 64 << 10)
            {
                long place = blob.Locate(offset, 64 << 10, out long here);
                Assert.Equal(64 << 10, here);
                Assert.True(place >= 256 << 10 && place + here <= DeviceBytes, $"{blob} at {place}");
                Assert.True(seen.Add(place), $"{blob} shares {place}");
            }

            blob.Locate(blob.LengthBytes, 4096, out long behind);
            Assert.Equal(0, behind);
        }

        Assert.Equal(device.TotalBytes - device.FreeBytes, device.Blobs.Sum(b => b.LengthBytes));
    }
}
