using System.Text;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>Keys, value and checksums of one call in native memory, as a received message would hold them.</summary>
internal sealed unsafe class NativeCall : IDisposable
{
    private readonly NativeSlab _slab;
    private readonly uint* _checksums;

    internal NativeCall(string dkey, string akey, byte[] value)
        : this(Encoding.UTF8.GetBytes(dkey), Encoding.UTF8.GetBytes(akey), value)
    {
    }

    internal NativeCall(byte[] dkey, byte[] akey, byte[] value)
    {
        _slab = new NativeSlab(dkey.Length + akey.Length + value.Length + (64 << 10));
        byte* at = _slab.Address;
        _checksums = (uint*)at;
        at += 32 << 10;
        Dkey = Copy(ref at, dkey);
        DkeyLength = dkey.Length;
        Akey = Copy(ref at, akey);
        AkeyLength = akey.Length;
        Value = Copy(ref at, value);
        ValueBytes = value.Length;
    }

    internal byte* Dkey { get; }

    internal int DkeyLength { get; }

    internal byte* Akey { get; }

    internal int AkeyLength { get; }

    internal byte* Value { get; }

    internal long ValueBytes { get; }

    internal ObjectTarget Target(ulong epoch, UpdateConditions conditions, ModificationId id, ObjectId? oid = null) => new()
    {
        Container = ObjectFixture.Container,
        Object = oid ?? ObjectFixture.Object,
        Dkey = Dkey,
        DkeyLength = DkeyLength,
        Epoch = new Epoch(epoch),
        Conditions = conditions,
        Modification = id,
    };

    internal ChecksumInfo SingleChecksum()
    {
        _checksums[0] = Crc32C.Compute(new ReadOnlySpan<byte>(Value, (int)ValueBytes));
        return new ChecksumInfo { Type = ChecksumType.Crc32C, Values = _checksums, Count = 1 };
    }

    /// <summary>Checksums of the value as array bytes from a byte on.</summary>
    internal ChecksumInfo ChunkChecksums(ulong firstByte, uint chunkBytes)
    {
        int count = 0;
        long done = 0;
        while (done < ValueBytes)
        {
            ulong at = firstByte + (ulong)done;
            long length = Math.Min((long)((((at / chunkBytes) + 1) * chunkBytes) - at), ValueBytes - done);
            _checksums[count++] = Crc32C.Compute(new ReadOnlySpan<byte>(Value + done, (int)length));
            done += length;
        }

        return new ChecksumInfo { Type = ChecksumType.Crc32C, ChunkBytes = chunkBytes, Values = _checksums, Count = count };
    }

    public void Dispose() => _slab.Dispose();

    private static byte* Copy(ref byte* at, byte[] bytes)
    {
        byte* start = at;
        bytes.CopyTo(new Span<byte>(at, bytes.Length));
        at += bytes.Length;
        return start;
    }
}
