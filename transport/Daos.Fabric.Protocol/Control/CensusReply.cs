using System.Diagnostics.CodeAnalysis;

namespace Daos.Fabric.Protocol.Control;

/// <summary>
/// The reply of a census: group version, ranks that ran it, ranks that did not, first failed rank, its code, ranks that follow (4 bytes
/// each), then the ranks that answered (4 bytes each).
/// </summary>
/// <param name="GroupVersion">Version of the primary group.</param>
/// <param name="Reached">Ranks that ran it.</param>
/// <param name="Failed">Ranks that did not.</param>
/// <param name="FailedRank">Where it failed first; <see cref="Rank.None"/> when it did not.</param>
/// <param name="Code">How it ended: DER_CORPC_INCOMPLETE when somebody did not run it, else as at <paramref name="FailedRank"/>.</param>
/// <param name="Ranks">Who answered, in the order of the tree.</param>
public sealed record CensusReply(uint GroupVersion, int Reached, int Failed, Rank FailedRank, DerCode Code, IReadOnlyList<uint> Ranks)
{
    private const int HeadBytes = 24;

    /// <summary>Length of the payload.</summary>
    public int SizeBytes => HeadBytes + (Ranks.Count * sizeof(uint));

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        writer.WriteUInt32(GroupVersion);
        writer.WriteUInt32((uint)Reached);
        writer.WriteUInt32((uint)Failed);
        writer.WriteUInt32(FailedRank.Value);
        writer.WriteUInt32((uint)Code.Value);
        writer.WriteUInt32((uint)Ranks.Count);
        foreach (uint rank in Ranks)
        {
            writer.WriteUInt32(rank);
        }

        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out CensusReply? reply)
    {
        reply = null;
        var reader = new WireReader(payload);
        uint version = reader.ReadUInt32();
        var reached = (int)reader.ReadUInt32();
        var failed = (int)reader.ReadUInt32();
        var failedRank = new Rank(reader.ReadUInt32());
        var code = new DerCode((int)reader.ReadUInt32());
        uint count = reader.ReadUInt32();
        if (reader.Failed || reader.Remaining != count * (long)sizeof(uint))
        {
            return false;
        }

        uint[] ranks = new uint[count];
        for (int i = 0; i < ranks.Length; i++)
        {
            ranks[i] = reader.ReadUInt32();
        }

        reply = new CensusReply(version, reached, failed, failedRank, code, ranks);
        return true;
    }
}
