using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Scattered;

/// <summary>Makes a data file in which no two free runs touch: full of values, and then every other one freed. On the shard's owner thread.</summary>
internal static class Fragments
{
    /// <summary>Its values stay, and keep the holes apart.</summary>
    internal static readonly ContainerId Kept = new(new Guid("aaaaaaaa-3333-4444-5555-666677778888"));

    private static readonly ContainerId s_gone = new(new Guid("bbbbbbbb-3333-4444-5555-666677778888"));

    /// <summary>Leaves holes of just so many bytes, and says how many.</summary>
    internal static async ValueTask<int> MakeAsync(StoreShard shard, int holeBytes)
    {
        Assert.Equal(DerCode.Success, shard.CreateContainer(Kept, out _));
        Assert.Equal(DerCode.Success, shard.CreateContainer(s_gone, out _));
        StoreCalls[] calls = [new(shard, Kept) { Type = ChecksumType.None }, new(shard, s_gone) { Type = ChecksumType.None }];
        byte[] value = new byte[holeBytes];
        int count = 0;
        while ((await calls[count % 2].PutAsync(CallKeys.Of($"d{count}", "a"), value)).Code is { IsSuccess: true })
        {
            count++;
        }

        int holes = count / 2;
        long free = shard.DataSpace.FreeBytes + (holes * (long)holeBytes);
        Assert.Equal(DerCode.Success, shard.DestroyContainer(s_gone, out LogPosition position));
        Assert.Equal(DerCode.Success, await shard.WaitStableAsync(position));
        while (shard.DataSpace.FreeBytes < free)
        {
            await ShardPause.WaitAsync(shard.Loop);
        }

        return holes;
    }
}
