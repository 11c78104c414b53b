using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>Reads and damages files of a node on which no store is open.</summary>
internal static class FilePatch
{
    /// <summary>Overwrites whole blocks of 4 KiB durably.</summary>
    internal static void Write(StoreWorld world, string path, long offset, byte[] bytes)
    {
        using var slab = new NativeSlab(bytes.Length);
        bytes.CopyTo(Span(slab));
        world.Run(async () =>
        {
            int file = world.Node.Files.Open(path, FileAccessMode.Direct).Value;
            DerCode code = await FileTransfer.WriteAsync(world.Loop, new MediaHandle(file), Address(slab), bytes.Length, offset, WriteMode.Durable);
            world.Node.Files.Close(file);
            Assert.True(code.IsSuccess);
        });
    }

    /// <summary>Reads whole blocks.</summary>
    internal static byte[] Read(StoreWorld world, string path, long offset, int length)
    {
        using var slab = new NativeSlab(length);
        world.Run(async () =>
        {
            int file = world.Node.Files.Open(path, FileAccessMode.Direct).Value;
            DerCode code = await FileTransfer.ReadAsync(world.Loop, new MediaHandle(file), Address(slab), length, offset);
            world.Node.Files.Close(file);
            Assert.True(code.IsSuccess);
        });
        return Span(slab)[..length].ToArray();
    }

    /// <summary>Turns some bits of one byte.</summary>
    internal static void Flip(StoreWorld world, string path, long offset, byte mask)
    {
        long block = offset / 4096 * 4096;
        byte[] bytes = Read(world, path, block, 4096);
        bytes[offset - block] ^= mask;
        Write(world, path, block, bytes);
    }

    private static unsafe nint Address(NativeSlab slab) => (nint)slab.Address;

    private static unsafe Span<byte> Span(NativeSlab slab) => new(slab.Address, (int)slab.LengthBytes);
}
