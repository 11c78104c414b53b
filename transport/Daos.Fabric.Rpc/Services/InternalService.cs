using System.Text;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Services;

/// <summary>Answers the internal module on one context. Owned by its loop.</summary>
internal sealed class InternalService
{
    private readonly RpcContext _context;
    private readonly StatisticsCollector _collector;

    internal InternalService(RpcContext context)
    {
        _context = context;
        _collector = new StatisticsCollector(context);
        Protocol = new RpcProtocol(InternalOpcodes.ModuleId, InternalOpcodes.Version, "internal",
        [
            // A rank whose clock runs ahead is still found: who asks decides what that means.
            Row(InternalOpcodes.UriLookup, "URI_LOOKUP", LookupUri, RpcFeatures.ClockExempt),
            Row(InternalOpcodes.ProtocolQuery, "PROTO_QUERY", QueryProtocol),
            Row(InternalOpcodes.Ping, "PING", Ping),
            Row(InternalOpcodes.Introduce, "INTRODUCE", Introduce),
            Row(InternalOpcodes.Statistics, "STATS", StatisticsAsync),
        ]);
    }

    internal RpcProtocol Protocol { get; }

    private static RpcOperation Row(RpcOpcode opcode, string name, RpcHandler handler, RpcFeatures features = RpcFeatures.None) =>
        new(opcode.Index, name, SchedulingClass: 0, features, handler);

    private static ValueTask Ping(RpcRequest request)
    {
        request.Reply(request.PayloadBytes == 0 ? DerCode.Success : DerCode.Protocol);
        return default;
    }

    private ValueTask QueryProtocol(RpcRequest request)
    {
        var reader = new WireReader(request.Payload);
        byte module = reader.ReadByte();
        reader.Align8();
        if (!reader.IsComplete)
        {
            request.Reply(DerCode.Protocol);
        }
        else if (!_context.Dispatcher.Table.TryDescribe(module, out byte lowest, out byte highest, out ulong features))
        {
            request.Reply(DerCode.Unregistered);
        }
        else
        {
            var writer = new WireWriter(request.BeginReply(ProtocolVersions.SizeBytes));
            writer.WriteUInt32(lowest);
            writer.WriteUInt32(highest);
            writer.WriteUInt64(features);
            request.EndReply(writer.Position, DerCode.Success);
        }

        return default;
    }

    private ValueTask Introduce(RpcRequest request)
    {
        var reader = new WireReader(request.Payload);
        Guid name = reader.ReadGuid();
        request.Reply(!reader.IsComplete || name == Guid.Empty ? DerCode.Protocol : request.Introduce(name));
        return default;
    }

    private ValueTask LookupUri(RpcRequest request)
    {
        var reader = new WireReader(request.Payload);
        ushort tag = reader.ReadUInt16();
        ushort flags = reader.ReadUInt16();
        var rank = new Rank(reader.ReadUInt32());
        bool isOwn = flags == 0 || rank == _context.Rank;
        bool isComplete = reader.IsComplete && flags <= 1 && (flags == 1 || rank.Value == 0);
        RpcNode? node = _context.Options.Node;
        TransportUri? uri = !isComplete ? null : isOwn ? node?.UriOf(tag, request.Connection.Scheme) : tag == 0 ? node?.UriOfRank(rank) : null;
        ref long asked = ref isOwn ? ref _context.Statistics.UriLookupsOfSelf : ref _context.Statistics.UriLookupsOfOthers;
        asked++;
        if (uri is null)
        {
            request.Reply(isComplete ? DerCode.Nonexist : DerCode.Protocol);
        }
        else
        {
            string text = uri.ToString();
            Span<byte> room = request.BeginReply(Encoding.UTF8.GetMaxByteCount(text.Length));
            request.EndReply(Encoding.UTF8.GetBytes(text, room), DerCode.Success);
        }

        return default;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask StatisticsAsync(RpcRequest request)
    {
        if (request.PayloadBytes != 0)
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        if (!_collector.TryStart())
        {
            request.Reply(DerCode.Busy);
            return;
        }

        await _collector.TaskWithoutResult;
        int lengthBytes = _collector.Write(request.BeginReply(_collector.ReplyBytesMax));
        request.EndReply(lengthBytes, DerCode.Success);
    }
}
