using System.Text;
using Daos.Fabric.Bench.Options;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Identities;

namespace Daos.Fabric.Bench.Engines;

/// <summary>Names and keys of what a job reads and writes. Any thread.</summary>
internal static class Targets
{
    internal const string ContainerName = "dfio";

    /// <summary>Length of every key: as redis-benchmark's, 16 bytes.</summary>
    internal const int KeyBytes = 16;

    internal static ReadOnlySpan<byte> Akey => "value"u8;

    /// <summary>The object of one copy of a job: the same name finds it again in a later run.</summary>
    internal static ObjectId ObjectOf(JobOptions options, int copy, ObjectType type) =>
        ObjectId.Create(Crc32C.Compute(Encoding.UTF8.GetBytes(options.Name)), ((ulong)options.BlockBytes << 16) | (uint)copy, type);

    /// <summary>The key of a block: "key:" and twelve digits.</summary>
    internal static void WriteKey(Span<byte> key, long block)
    {
        "key:"u8.CopyTo(key);
        for (int i = KeyBytes - 1; i >= 4; i--)
        {
            key[i] = (byte)('0' + (block % 10));
            block /= 10;
        }
    }
}
