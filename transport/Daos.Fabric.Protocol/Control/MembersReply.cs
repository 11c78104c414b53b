using System.Diagnostics.CodeAnalysis;

namespace Daos.Fabric.Protocol.Control;

/// <summary>The reply to a query of the members.</summary>
/// <remarks>
/// <code>
///  0 | group version                 | this engine's rank            |
///  8 | ranks of the group            | ranks that follow             |
/// 16 | pings                         (8)                             |
/// 24 | suspicions                    (8)                             |
/// 32 | deaths                        (8)                             |
/// 40 | revivals                      (8)                             |
/// 48 | refutations                   (8)                             |
/// 56 | membership events delivered   (8)                             |
///    | per rank: rank                | status| 0                     |
///    |           incarnation                                         |
/// </code>
/// </remarks>
/// <param name="GroupVersion">Version of the primary group.</param>
/// <param name="Self">The engine that answers.</param>
/// <param name="Count">Ranks of the group.</param>
/// <param name="Pings">Members that it pinged.</param>
/// <param name="Suspicions">Members that it suspected first.</param>
/// <param name="Deaths">Members that it held dead.</param>
/// <param name="Revivals">Dead members that came back.</param>
/// <param name="Refutations">Suspicions of itself that it refuted.</param>
/// <param name="Events">Membership events that its services were told.</param>
/// <param name="Members">Ranks in ascending order, behind the one asked for; at most <see cref="MembersMax"/>.</param>
public sealed record MembersReply(
    uint GroupVersion,
    Rank Self,
    uint Count,
    ulong Pings,
    ulong Suspicions,
    ulong Deaths,
    ulong Revivals,
    ulong Refutations,
    ulong Events,
    IReadOnlyList<MemberState> Members)
{
    /// <summary>Ranks of one reply at most: half of a message.</summary>
    public const int MembersMax = 2048;

    private const int HeadBytes = 64;

    /// <summary>Length of the payload.</summary>
    public int SizeBytes => HeadBytes + (Members.Count * MemberState.SizeBytes);

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        writer.WriteUInt32(GroupVersion);
        writer.WriteUInt32(Self.Value);
        writer.WriteUInt32(Count);
        writer.WriteUInt32((uint)Members.Count);
        writer.WriteUInt64(Pings);
        writer.WriteUInt64(Suspicions);
        writer.WriteUInt64(Deaths);
        writer.WriteUInt64(Revivals);
        writer.WriteUInt64(Refutations);
        writer.WriteUInt64(Events);
        foreach (MemberState member in Members)
        {
            writer.WriteUInt32(member.Rank.Value);
            writer.WriteByte(member.Status);
            writer.Align8();
            writer.WriteUInt64(member.Incarnation);
        }

        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out MembersReply? reply)
    {
        reply = null;
        var reader = new WireReader(payload);
        uint version = reader.ReadUInt32();
        var self = new Rank(reader.ReadUInt32());
        uint count = reader.ReadUInt32();
        uint following = reader.ReadUInt32();
        ulong pings = reader.ReadUInt64();
        ulong suspicions = reader.ReadUInt64();
        ulong deaths = reader.ReadUInt64();
        ulong revivals = reader.ReadUInt64();
        ulong refutations = reader.ReadUInt64();
        ulong events = reader.ReadUInt64();
        if (reader.Failed || following > MembersMax || reader.Remaining != following * MemberState.SizeBytes)
        {
            return false;
        }

        var members = new MemberState[following];
        for (int i = 0; i < members.Length; i++)
        {
            var rank = new Rank(reader.ReadUInt32());
            byte status = reader.ReadByte();
            reader.ReadPadding8();
            members[i] = new MemberState(rank, status, reader.ReadUInt64());
        }

        reply = reader.IsComplete ? new MembersReply(version, self, count, pings, suspicions, deaths, revivals, refutations, events, members) : null;
        return reply is not null;
    }
}
