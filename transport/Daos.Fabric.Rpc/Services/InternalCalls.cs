using System.Text;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Services;

/// <summary>Calls of the internal module. On the context's loop. Each gives the codes of a call besides its own.</summary>
public static class InternalCalls
{
    /// <summary>Asks for a sign of life.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerCode> PingAsync(RpcEndpoint endpoint, long deadlineNs)
    {
        RpcCall call = endpoint.Context.RentCall();
        DerCode code = await CallAsync(call, endpoint, InternalOpcodes.Ping, argument: null, deadlineNs);
        call.Free();
        return code;
    }

    /// <summary>The versions of a module that the peer speaks; DER_UNREG for none, DER_PROTO for a malformed answer.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<ProtocolVersions>> QueryProtocolAsync(RpcEndpoint endpoint, byte module, long deadlineNs)
    {
        RpcCall call = endpoint.Context.RentCall();
        DerCode code = await CallAsync(call, endpoint, InternalOpcodes.ProtocolQuery, module, deadlineNs);
        ProtocolVersions versions = default;
        if (code.IsSuccess && !ProtocolVersions.TryRead(call.Reply, out versions))
        {
            code = DerCode.Protocol;
        }

        if (code.IsSuccess)
        {
            call.Session?.Keep(module, versions);
        }

        call.Free();
        return code.IsSuccess ? versions : code;
    }

    /// <summary>
    /// The newest version of a module that the peer and the caller share. The peer is asked once per connection. DER_PROTO when they share
    /// none, DER_UNREG when the peer has no such module.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<byte>> NegotiateAsync(RpcEndpoint endpoint, byte module, byte lowest, byte highest, long deadlineNs)
    {
        if (endpoint.IsOpen && endpoint.Session!.TryGetVersions(module, out ProtocolVersions known))
        {
            return known.Newest(lowest, highest);
        }

        DerResult<ProtocolVersions> versions = await QueryProtocolAsync(endpoint, module, deadlineNs);
        return versions.IsSuccess ? versions.Value.Newest(lowest, highest) : versions.Code;
    }

    /// <summary>The address of a tag of the peer's engine; DER_NONEXIST, DER_PROTO for a malformed answer.</summary>
    public static ValueTask<DerResult<TransportUri>> LookupUriAsync(RpcEndpoint endpoint, ushort tag, long deadlineNs) =>
        LookupUriAsync(endpoint, Rank.None, tag, deadlineNs);

    /// <summary>
    /// The address of a tag of a rank as the peer knows it; of the peer itself for <see cref="Rank.None"/>. A peer knows all of its own tags
    /// and the tag 0 of others. DER_NONEXIST, DER_PROTO for a malformed answer.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<TransportUri>> LookupUriAsync(RpcEndpoint endpoint, Rank rank, ushort tag, long deadlineNs)
    {
        RpcCall call = endpoint.Context.RentCall();
        ulong question = rank == Rank.None ? tag : tag | (1UL << 16) | ((ulong)rank.Value << 32);
        DerCode code = await CallAsync(call, endpoint, InternalOpcodes.UriLookup, question, deadlineNs);
        TransportUri? uri = null;
        if (code.IsSuccess && !TransportUri.TryParse(Encoding.UTF8.GetString(call.Reply), out uri, out _))
        {
            code = DerCode.Protocol;
        }

        call.Free();
        return code.IsSuccess ? uri! : code;
    }

    /// <summary>Figures of every owner thread of the peer's process, which allocates nothing for it. DER_BUSY, DER_PROTO.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<ProcessStatisticsReply>> QueryStatisticsAsync(RpcEndpoint endpoint, long deadlineNs)
    {
        RpcCall call = endpoint.Context.RentCall();
        DerCode code = await CallAsync(call, endpoint, InternalOpcodes.Statistics, argument: null, deadlineNs);
        ProcessStatisticsReply statistics = default;
        if (code.IsSuccess && !ProcessStatisticsReply.TryRead(call.Reply, out statistics))
        {
            code = DerCode.Protocol;
        }

        call.Free();
        return code.IsSuccess ? statistics : code;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> CallAsync(RpcCall call, RpcEndpoint endpoint, RpcOpcode opcode, ulong? argument, long deadlineNs)
    {
        DerCode code = await call.AdmitAsync(endpoint, opcode, deadlineNs);
        if (code.IsError)
        {
            return code;
        }

        var writer = new WireWriter(call.BeginRequest(sizeof(ulong)));
        if (argument is { } value)
        {
            writer.WriteUInt64(value);
        }

        return await call.SendAsync(writer.Position);
    }
}
