using Daos.Fabric.Store.Media.Signatures;
using Daos.Fabric.Store.Tests.Recovery;

namespace Daos.Fabric.Store.Tests.Media.Signatures;

/// <summary>A device that holds something is named and left alone, unless it is forced.</summary>
public class SignatureTests
{
    private const string Device = "/dev/sdz";
    private const long DeviceBytes = 16 << 20;

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, KnownSignatures.All.Count)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Create_KnownSignature_IsNamedAndKeptUnlessForced(int row)
    {
        KnownSignature known = KnownSignatures.All[row];
        int last = known.Places - 1;
        foreach (int place in last > 0 ? [0, last] : (int[])[0])
        {
            using var world = new StoreWorld(1);
            world.Node.Disk.AddDevice(Device, DeviceBytes);
            long offset = known.OffsetBytes + ((long)place * known.StepBytes);
            offset += known.OffsetBytes < 0 ? DeviceBytes : 0;
            Put(world, offset, known.Magic);
            byte[] before = Content(world);

            StoreOptions options = world.Options() with { Roles = new RolePaths { Data = Device } };
            Assert.Equal(DerCode.Exists, world.Run(() => StoreShard.CreateAsync(world.Loop, options)).Code);
            Assert.Contains($"{Device} holds {known.What}.", options.Report.LastError);
            Assert.Equal(before, Content(world));
            Assert.Empty(world.Node.Files.List("/store").Value);

            StoreShard shard = world.Create(options with { Force = true, Report = new StoreReport() });
            world.Run(shard.CloseAsync);
            Assert.False(Content(world).AsSpan((int)offset, known.Magic.Length).SequenceEqual(known.Magic) && !known.What.Contains("log or data"), "still looks like it");
            world.Run(world.Open(options with { Report = new StoreReport() }).CloseAsync);
        }
    }

    [Theory]
    [InlineData("Wal")]
    [InlineData("Meta")]
    [InlineData("Data")]
    public void Create_OverAnotherStoresDevice_IsRefusedForEveryRole(string role)
    {
        using var world = new StoreWorld(1);
        world.Node.Disk.AddDevice(Device, DeviceBytes);
        StoreOptions first = world.Options() with { Roles = RolesOf(role) };
        world.Run(world.Create(first).CloseAsync);
        StoreOptions second = first with { Path = "/second", Random = new SeededRandom(7), Report = new StoreReport() };
        Assert.Equal(DerCode.Exists, world.Run(() => StoreShard.CreateAsync(world.Loop, second)).Code);
        Assert.Contains($"{Device} holds the {(role == "Meta" ? "metadata" : "log or data")} of a store", second.Report.LastError);
        world.Run(world.Open(first with { Report = new StoreReport() }).CloseAsync);

        world.Run(world.Create(second with { Force = true, Report = new StoreReport() }).CloseAsync);
        StoreOptions gone = first with { Report = new StoreReport() };
        Assert.Equal(DerCode.DfInval, world.TryOpen(gone).Code);
        Assert.Contains("belongs to another store", gone.Report.LastError);
    }

    [Fact]
    public void Create_UnreadableDevice_SaysSo()
    {
        using var world = new StoreWorld(1);
        world.Node.Disk.AddDevice(Device, DeviceBytes);
        world.Node.Disk.Inject(new(Reactor.Simulated.MediaFaultKind.ReadError) { PathEnd = Device });
        StoreOptions options = world.Options() with { Roles = new RolePaths { Data = Device } };
        Assert.Equal(DerCode.Io, world.Run(() => StoreShard.CreateAsync(world.Loop, options)).Code);
        Assert.Contains($"{Device} cannot be read", options.Report.LastError);
        Assert.Empty(world.Node.Files.List("/store").Value);
    }

    [Fact]
    public void Table_EveryPlace_LiesWhereItIsLookedFor() => Assert.All(KnownSignatures.All, known =>
    {
        for (int place = 0; place < known.Places; place++)
        {
            long offset = known.OffsetBytes + ((long)place * known.StepBytes);
            Assert.True(known.OffsetBytes < 0 ? offset >= -KnownSignatures.TailBytes && offset + known.Magic.Length <= 0 : offset + known.Magic.Length <= KnownSignatures.HeadBytes, $"{known.What} at {offset}");
        }
    });

    private static RolePaths RolesOf(string role) => role switch
    {
        "Wal" => new RolePaths { Wal = Device },
        "Meta" => new RolePaths { Meta = Device },
        _ => new RolePaths { Data = Device },
    };

    private static void Put(StoreWorld world, long offset, byte[] magic)
    {
        long block = offset / 4096 * 4096;
        int length = (int)((offset + magic.Length - block + 4095) / 4096 * 4096);
        byte[] bytes = FilePatch.Read(world, Device, block, length);
        magic.CopyTo(bytes, offset - block);
        FilePatch.Write(world, Device, block, bytes);
    }

    private static byte[] Content(StoreWorld world)
    {
        var bytes = new byte[DeviceBytes];
        world.Node.Disk.Peek(Device, 0, bytes);
        return bytes;
    }
}
