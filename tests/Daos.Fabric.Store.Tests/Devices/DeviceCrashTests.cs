using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Store.Tests.Devices;

/// <summary>The power goes at every step that makes something of a device's tables durable: the table before or the one after is found, whole.</summary>
public class DeviceCrashTests
{
    private const int CutsPerPoint = 4;

    private static readonly (string Name, Func<StoreWorld, BlobDevice, DerCode> Change)[] s_changes =
    [
        ("create", static (world, device) => DeviceWorld.Create(world, device, DeviceWorld.Ask(7, BlobRole.Wal, 1 << 20), DeviceWorld.Ask(7, BlobRole.Data, 5 << 20))),
        ("grow", static (world, device) => DeviceWorld.Grow(world, device, DeviceWorld.Ask(0, BlobRole.Data, 9 << 20))),
        ("destroy", static (world, device) => DeviceWorld.Destroy(world, device, 1)),
        ("assign", static (world, device) => world.Run(() => device.AssignAsync(static t => t with { Target = t.Target + 10 }))),
        ("claim", static (world, device) => world.Run(() => device.ClaimAsync(new DeviceOwner("s", 1, new Guid(1, 2, 3, new byte[8]))))),
    ];

    [Fact]
    public void PowerCut_AtEveryPoint_LeavesTheTableBeforeOrAfter()
    {
        var reached = new HashSet<DevicePersistPoint>();
        foreach ((string name, Func<StoreWorld, BlobDevice, DerCode> change) in s_changes)
        {
            for (ulong seed = 1; seed <= 3; seed++)
            {
                CutChange(name, change, seed, reached);
            }
        }

        for (ulong seed = 1; seed <= 4; seed++)
        {
            CutFormat(seed, reached);
        }

        Assert.Empty(Enum.GetValues<DevicePersistPoint>().Except(reached));
    }

    private static void CutChange(string name, Func<StoreWorld, BlobDevice, DerCode> change, ulong seed, HashSet<DevicePersistPoint> reached)
    {
        var images = new List<(DevicePersistPoint Point, DiskImage Image)>();
        using StoreWorld world = DeviceWorld.Make(seed);
        bool isArmed = false;
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world, point =>
        {
            if (isArmed)
            {
                images.Add((point, world.Node.Disk.Capture()));
            }
        });
        for (int target = 0; target < 3; target++)
        {
            Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(target, BlobRole.Data, 2 << 20)));
        }

        string before = $"{DeviceWorld.Describe(device)} {device.Owner}";
        isArmed = true;
        Assert.Equal(DerCode.Success, change(world, device));
        string after = $"{DeviceWorld.Describe(device)} {device.Owner}";
        Assert.NotEqual(before, after);
        foreach ((DevicePersistPoint point, DiskImage image) in images)
        {
            reached.Add(point);
            for (ulong cut = 1; cut <= CutsPerPoint; cut++)
            {
                using StoreWorld next = DeviceWorld.Make(seed);
                next.Node.Disk.Restore(image.AfterPowerCut((seed * 100) + cut));
                BlobDevice found = DeviceWorld.Open(next);
                string what = $"{DeviceWorld.Describe(found)} {found.Owner}";
                Assert.True(what == before || what == after, $"{name} seed {seed} at {point}, cut {cut}: {what}");
                Assert.True(what == after || point != DevicePersistPoint.AfterHeaderCopy, $"{name} seed {seed}: what was durable is gone at {point}");
                DeviceWorld.AssertApart(found);

                // And it goes on working, over another power cut.
                Assert.Equal(DerCode.Success, DeviceWorld.Create(next, found, DeviceWorld.Ask(20, BlobRole.Meta, 3 << 20)));
                string later = DeviceWorld.Describe(found);
                next.Crash(CrashKind.Power);
                Assert.Equal(later, DeviceWorld.Describe(DeviceWorld.Open(next)));
            }
        }
    }

    // Over an older device: either it is still there, or nothing, or the new one; never the old blobs under the new name.
    private static void CutFormat(ulong seed, HashSet<DevicePersistPoint> reached)
    {
        var images = new List<(DevicePersistPoint Point, DiskImage Image)>();
        using StoreWorld world = DeviceWorld.Make(seed);
        Guid old = DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        for (int target = 0; target < 3; target++)
        {
            Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(target, BlobRole.Data, 2 << 20)));
        }

        string before = DeviceWorld.Describe(device);
        device.Close();
        Guid made = DeviceWorld.Format(world, DeviceWorld.FormatOptions(world) with { Force = true, OnPersist = p => images.Add((p, world.Node.Disk.Capture())) });
        foreach ((DevicePersistPoint point, DiskImage image) in images)
        {
            reached.Add(point);
            using StoreWorld next = DeviceWorld.Make(seed);
            next.Node.Disk.Restore(image.AfterPowerCut(seed));
            var options = new DeviceOpenOptions { Path = DeviceWorld.Path };
            DerResult<BlobDevice> found = next.Run(() => BlobDevice.OpenAsync(next.Loop, options));
            if (found.IsSuccess && found.Value.Id == old)
            {
                Assert.Equal(before, DeviceWorld.Describe(found.Value));
            }
            else if (found.IsSuccess)
            {
                Assert.Equal(made, found.Value.Id);
                Assert.Empty(found.Value.Blobs);
            }
            else
            {
                Assert.Equal(DerCode.DfInval, found.Code);
            }
        }
    }
}
