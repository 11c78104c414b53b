using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Services;

/// <summary>The reply to <see cref="InternalOpcodes.ProtocolQuery"/>: lowest version (4 bytes), highest (4 bytes), feature bits (8 bytes).</summary>
/// <param name="Lowest">The oldest version that the peer speaks.</param>
/// <param name="Highest">The newest.</param>
/// <param name="FeatureBits">Of the newest.</param>
public readonly record struct ProtocolVersions(byte Lowest, byte Highest, ulong FeatureBits)
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 16;

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ProtocolVersions versions)
    {
        var reader = new WireReader(payload);
        versions = new ProtocolVersions((byte)reader.ReadUInt32(), (byte)reader.ReadUInt32(), reader.ReadUInt64());
        return reader.IsComplete && versions.Lowest <= versions.Highest;
    }

    /// <summary>The newest version that the peer and a caller who speaks from <paramref name="lowest"/> to <paramref name="highest"/> share; DER_PROTO for none.</summary>
    public DerResult<byte> Newest(byte lowest, byte highest)
    {
        byte newest = Math.Min(highest, Highest);
        return newest >= lowest && newest >= Lowest ? newest : DerCode.Protocol;
    }
}
