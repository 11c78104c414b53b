using Daos.Fabric.Protocol.Control;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Swim;

namespace Daos.Fabric.Engine.Groups;

/// <summary>Tells who is in the group and what SWIM holds of them. Answers on the xstream of SWIM.</summary>
internal sealed class MembersHandler(EngineContext engine)
{
    internal ValueTask HandleAsync(RpcRequest request)
    {
        var reader = new WireReader(request.Payload);
        uint behind = reader.ReadUInt32();
        if (reader.ReadUInt32() != 0 || !reader.IsComplete)
        {
            request.Reply(DerCode.Protocol);
            return default;
        }

        EngineGroup group = engine.Group;
        PrimaryRanks ranks = group.Primary.Ranks;
        SwimStatistics swim = group.Swim.Statistics;
        var reply = new MembersReply(
            ranks.Version,
            group.Primary.Self,
            (uint)ranks.Count,
            (ulong)swim.Pings,
            (ulong)swim.Suspicions,
            (ulong)swim.Deaths,
            (ulong)swim.Revivals,
            (ulong)swim.Refutations,
            (ulong)group.Events,
            List(group, ranks, behind));
        request.EndReply(reply.Write(request.BeginReply(reply.SizeBytes)), DerCode.Success);
        return default;
    }

    private static List<MemberState> List(EngineGroup group, PrimaryRanks ranks, uint behind)
    {
        var members = new List<MemberState>();
        foreach (GroupMember member in ranks.Members)
        {
            if ((behind == Rank.None.Value || member.Rank.Value > behind) && members.Count < MembersReply.MembersMax)
            {
                members.Add(group.Swim.TryGet(member.Rank, out SwimUpdate state)
                    ? new MemberState(member.Rank, (byte)state.Status, state.Incarnation)
                    : new MemberState(member.Rank, MemberState.NotWatched, member.Incarnation));
            }
        }

        return members;
    }
}
