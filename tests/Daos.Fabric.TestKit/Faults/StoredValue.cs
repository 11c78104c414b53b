using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Trees;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.TestKit.Faults;

/// <summary>
/// What lies in a shard under one akey, to be damaged behind the shard's back as a device would do it. On the shard's owner thread.
/// </summary>
/// <param name="shard">The shard.</param>
/// <param name="container">The container.</param>
/// <param name="id">The object.</param>
/// <param name="dkey">The distribution key.</param>
/// <param name="akey">The attribute key.</param>
public sealed class StoredValue(StoreShard shard, ContainerId container, ObjectId id, byte[] dkey, byte[] akey)
{
    /// <summary>True when a read found the newest value, or the extent at a byte of an array of bytes, corrupted.</summary>
    public unsafe bool IsMarked(ulong at) => IsSingle(Find(at)) ? Version(at)->Integrity.IsCorrupted : Extent(at)->Integrity.IsCorrupted;

    /// <summary>True when its bytes lie in the data file.</summary>
    public unsafe bool IsOnMedia(ulong at) => (IsSingle(Find(at)) ? Version(at)->Media : Extent(at)->Media) == ValueMedia.Data;

    /// <summary>Turns a bit of the stored bytes over: byte <paramref name="at"/> of the newest single value, or of an array of bytes.</summary>
    public unsafe ValueTask FlipByteAsync(ulong at)
    {
        if (IsOnMedia(at))
        {
            return FlipOnMediaAsync(IsSingle(Find(at))
                ? DataRuns.Locate(DataRuns.Of(shard.Arena, shard.Objects.Memory.Read<KeyRecordDf>(Find(at))->Below), (long)at, out _)
                : Extent(at)->Data.Extent.OffsetBytes + (long)(at - Extent(at)->Start));
        }

        *(IsSingle(Find(at)) ? ValueOf(at) + at : (byte*)Extent(at) + Extent(at)->InlineOffset + (at - Extent(at)->Start)) ^= 1;
        return default;
    }

    /// <summary>Turns a bit of the stored checksum over that covers a byte.</summary>
    public unsafe void FlipChecksum(ulong at)
    {
        if (IsSingle(Find(at)))
        {
            Version(at)->Checksum ^= 1;
            return;
        }

        ExtentDf* extent = Extent(at);
        ulong chunk = (at / extent->Chunks.PartBytes) - (extent->Start / extent->Chunks.PartBytes);
        ((uint*)(extent + 1))[chunk * (ulong)Core.Checksums.ChecksumTypes.Words(extent->Integrity.Type)] ^= 1;
    }

    private async ValueTask FlipOnMediaAsync(long position)
    {
        using var block = new NativeSlab(DataExtent.BlockBytes);
        long offset = position / DataExtent.BlockBytes * DataExtent.BlockBytes;
        Require(await shard.ReadDataAsync(AddressOf(block), DataExtent.BlockBytes, offset));
        Flip(block, (int)(position - offset));
        Require(await shard.WriteDataAsync(AddressOf(block), DataExtent.BlockBytes, offset));
    }

    private static void Require(DerCode code)
    {
        if (code.IsError)
        {
            throw new InvalidOperationException(code.ToString());
        }
    }

    private static unsafe nint AddressOf(NativeSlab slab) => (nint)slab.Address;

    private static unsafe void Flip(NativeSlab slab, int at) => slab.Address[at] ^= 1;

    private unsafe bool IsSingle(ulong key) => shard.Objects.Memory.Read<KeyRecordDf>(key)->Type == AkeyType.Single;

    private unsafe byte* ValueOf(ulong at) => (byte*)Version(at) + Version(at)->ValueOffset;

    private unsafe VersionDf* Version(ulong at) => shard.Objects.Memory.Read<VersionDf>(shard.Objects.Memory.Read<KeyRecordDf>(Find(at))->Below);

    private unsafe ExtentDf* Extent(ulong at)
    {
        ReadView view = ReadView.Newest(shard.Objects.Unstable);
        var visible = new VisibleExtents();
        Require(visible.Build(shard.Objects.Memory, Find(at), default, ref view, at, at + 1));
        ulong extent = visible.Fragments[0].Extent;
        return extent != 0 ? shard.Objects.Memory.Read<ExtentDf>(extent) : throw new InvalidOperationException("a hole");
    }

    private unsafe ulong Find(ulong at)
    {
        fixed (byte* d = dkey)
        fixed (byte* a = akey)
        {
            var target = new ObjectTarget { Container = container, Object = id, Dkey = d, DkeyLength = dkey.Length };
            ReadView view = ReadView.Newest(shard.Objects.Unstable);
            VersionStamp hidden = default;
            ulong dkeyRecord = shard.Objects.LocateDkey(shard.Objects.Containers.Find(container), in target, ref hidden, ref view);
            ulong found = dkeyRecord == 0 ? 0 : shard.Objects.LocateAkey(dkeyRecord, id.AkeyOrder, a, akey.Length, ref hidden, ref view);
            return found != 0 ? found : throw new InvalidOperationException($"no akey that has byte {at}");
        }
    }
}
