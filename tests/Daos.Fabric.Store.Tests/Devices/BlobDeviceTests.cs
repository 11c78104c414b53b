using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Devices;
using Daos.Fabric.Store.Media;
using Daos.Fabric.TestKit.Allocations;

namespace Daos.Fabric.Store.Tests.Devices;

/// <summary>The table of blobs: made, grown, given back, found again.</summary>
public class BlobDeviceTests
{
    private const long MiB = DeviceWorld.MiB;

    [Fact]
    public void Create_ManyBlobs_LieApartAndComeBack()
    {
        using StoreWorld world = DeviceWorld.Make();
        Guid id = DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        Assert.Equal(id, device.Id);
        Assert.Equal(63 * MiB, device.FreeBytes);
        Assert.Equal(DerCode.Success, DeviceWorld.Create(
            world, device, DeviceWorld.Ask(0, BlobRole.Wal, 1), DeviceWorld.Ask(0, BlobRole.Data, (5 * MiB) + 1), DeviceWorld.Ask(1, BlobRole.Meta, 3 * MiB)));
        DeviceWorld.AssertApart(device);
        Assert.Equal([6 * MiB, MiB, 3 * MiB], device.Blobs.Select(b => b.LengthBytes));
        string before = DeviceWorld.Describe(device);
        device.Close();
        device = DeviceWorld.Open(world);
        Assert.Equal(before, DeviceWorld.Describe(device));
        Assert.Equal(53 * MiB, device.FreeBytes);
        device.Close();
    }

    [Fact]
    public void Create_Again_GivesWhatIsThere()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(0, BlobRole.Wal, MiB)));
        Guid id = device.Blobs[0].Id;
        ulong sequence = device.Describe().TableSequence;
        Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(0, BlobRole.Wal, MiB)));
        Assert.Equal(id, Assert.Single(device.Blobs).Id);
        Assert.Equal(sequence, device.Describe().TableSequence);
        device.Close();
    }

    [Fact]
    public void Create_NotEnoughRoom_MakesNothing()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        Assert.Equal(DerCode.NoSpace, DeviceWorld.Create(world, device, DeviceWorld.Ask(0, BlobRole.Wal, MiB), DeviceWorld.Ask(0, BlobRole.Data, 63 * MiB)));
        Assert.Empty(device.Blobs);
        Assert.Equal(DerCode.Success, device.State);
        Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(0, BlobRole.Data, 63 * MiB)));
        Assert.Equal(0, device.FreeBytes);
        Assert.Equal(DerCode.NoSpace, DeviceWorld.Create(world, device, DeviceWorld.Ask(1, BlobRole.Data, 1)));
        device.Close();
    }

    [Fact]
    public void Grow_BehindNeighbours_KeepsWhatItHoldsAndGoesOnElsewhere()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        for (int target = 0; target < 4; target++)
        {
            Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(target, BlobRole.Data, 2 * MiB)));
        }

        Fill(world, device, 0, 2 * MiB, 1);
        Fill(world, device, 1, 2 * MiB, 2);
        Assert.Equal(DerCode.Nonexist, DeviceWorld.Grow(world, device, DeviceWorld.Ask(9, BlobRole.Data, MiB)));
        Assert.Equal(DerCode.Success, DeviceWorld.Destroy(world, device, 2));
        Assert.Equal(DerCode.Success, DeviceWorld.Grow(world, device, DeviceWorld.Ask(1, BlobRole.Data, 3 * MiB), DeviceWorld.Ask(0, BlobRole.Data, 10 * MiB)));
        DeviceWorld.AssertApart(device);
        Assert.Equal(1, device.Blobs[1].ExtentCount);
        Assert.True(device.Blobs[0].ExtentCount > 1);
        Check(world, device, 0, 2 * MiB, 1);
        Fill(world, device, 0, 10 * MiB, 3);
        Check(world, device, 0, 10 * MiB, 3);
        Check(world, device, 1, 2 * MiB, 2);
        device.Close();
    }

    [Fact]
    public void Destroy_TrimsWhatItHeldAndGivesItToOthers()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(0, BlobRole.Data, 40 * MiB), DeviceWorld.Ask(1, BlobRole.Data, MiB)));
        Assert.Equal(DerCode.Success, DeviceWorld.Destroy(world, device, 0));
        Assert.Equal(40 * MiB, world.Node.Disk.TrimmedBytes);
        Assert.Equal(DerCode.Success, DeviceWorld.Destroy(world, device, 0));
        Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(2, BlobRole.Data, 62 * MiB)));
        DeviceWorld.AssertApart(device);
        device.Close();
    }

    [Fact]
    public void Table_Full_IsNoSpaceAndGoesOnWorking()
    {
        using StoreWorld world = DeviceWorld.Make(1, 256 << 20);
        DeviceWorld.Format(world, DeviceWorld.FormatOptions(world) with { ClusterBytes = 64 << 10 });
        BlobDevice device = DeviceWorld.Open(world);
        BlobRequest[] many = [.. Enumerable.Range(0, 4000).Select(t => DeviceWorld.Ask(t, BlobRole.Wal, 1))];
        Assert.Equal(DerCode.NoSpace, DeviceWorld.Create(world, device, many));
        Assert.Empty(device.Blobs);
        Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, many[..3000]));
        Assert.Equal(3000, device.Blobs.Count);
        device.Close();
        Assert.Equal(3000, DeviceWorld.Open(world).Blobs.Count);
    }

    [Fact]
    public void Change_WriteFails_NothingChangesAnyMoreUntilItIsOpenedAnew()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(0, BlobRole.Wal, MiB)));
        world.Node.Disk.Inject(new MediaFault(MediaFaultKind.WriteError) { PathEnd = "shared", Skip = 1, TimesMax = 1 });
        Assert.Equal(DerCode.Io, DeviceWorld.Create(world, device, DeviceWorld.Ask(1, BlobRole.Wal, MiB)));
        Assert.Single(device.Blobs);
        world.Node.Disk.ClearFaults();
        Assert.Equal(DerCode.Io, DeviceWorld.Create(world, device, DeviceWorld.Ask(2, BlobRole.Wal, MiB)));
        Assert.Equal(DerCode.Io, DeviceWorld.Destroy(world, device, 0));
        Assert.Equal(DerCode.Io, device.State);
        device.Close();
        device = DeviceWorld.Open(world);
        Assert.InRange(device.Blobs.Count, 1, 2);
        Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(1, BlobRole.Wal, MiB)));
        Assert.Equal(2, device.Blobs.Count);
        device.Close();
    }

    [Fact]
    public void Open_Twice_IsBusy()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        Assert.Equal(DerCode.Busy, DeviceWorld.TryOpen(world, out string sentence));
        Assert.Contains("in use by another process", sentence);
        device.Close();
    }

    [Fact]
    public void Claim_Owner_ComesBack()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        Assert.Equal(DeviceOwner.None, device.Owner);
        var owner = new DeviceOwner("daos_server", 3, Guid.Parse("11111111-2222-3333-4444-555555555555"));
        Assert.Equal(DerCode.Success, world.Run(() => device.ClaimAsync(owner)));
        device.Close();
        device = DeviceWorld.Open(world);
        Assert.Equal(owner, device.Owner);
        device.Close();
    }

    [Fact]
    public void Locate_AfterWarmUp_AllocatesNothing()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        Assert.Equal(DerCode.Success, DeviceWorld.Create(world, device, DeviceWorld.Ask(0, BlobRole.Data, MiB), DeviceWorld.Ask(1, BlobRole.Data, MiB)));
        Assert.Equal(DerCode.Success, DeviceWorld.Grow(world, device, DeviceWorld.Ask(0, BlobRole.Data, 4 * MiB)));
        MediaHandle handle = HandleOf(device, 0);
        Assert.Equal(0, SteadyState.AllocatedBytes(() =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (long offset = 0; offset < 4 * MiB; offset += 4096)
            {
                handle.Locate(offset, 4096, out _);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));
        device.Close();
    }

    private static unsafe void Fill(StoreWorld world, BlobDevice device, int target, long lengthBytes, byte mark)
    {
        using var slab = new NativeSlab(lengthBytes);
        for (long i = 0; i < lengthBytes; i += 4096)
        {
            new Span<byte>(slab.Address + i, 4096).Fill((byte)(mark + (i >> 12)));
        }

        Assert.Equal(DerCode.Success, world.Run(() => FileTransfer.WriteAsync(world.Loop, HandleOf(device, target), AddressOf(slab), (int)lengthBytes, 0, WriteMode.Plain)));
    }

    private static unsafe void Check(StoreWorld world, BlobDevice device, int target, long lengthBytes, byte mark)
    {
        using var slab = new NativeSlab(lengthBytes);
        Assert.Equal(DerCode.Success, world.Run(() => FileTransfer.ReadAsync(world.Loop, HandleOf(device, target), AddressOf(slab), (int)lengthBytes, 0)));
        for (long i = 0; i < lengthBytes; i += 4096)
        {
            Assert.Equal(-1, new Span<byte>(slab.Address + i, 4096).IndexOfAnyExcept((byte)(mark + (i >> 12))));
        }
    }

    private static unsafe nint AddressOf(NativeSlab slab) => (nint)slab.Address;

    private static MediaHandle HandleOf(BlobDevice device, int target) =>
        new(device.Find(new BlobTag(DeviceWorld.Pool, target, BlobRole.Data))!);
}
