using System.Text;
using Daos.Fabric.Rpc.Requests;
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

        call.Free();
        return code.IsSuccess ? versions : code;
    }

    /// <summary>The address of a tag of the peer's engine; DER_NONEXIST, DER_PROTO for a malformed answer.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<TransportUri>> LookupUriAsync(RpcEndpoint endpoint, ushort tag, long deadlineNs)
    {
        RpcCall call = endpoint.Context.RentCall();
        DerCode code = await CallAsync(call, endpoint, InternalOpcodes.UriLookup, tag, deadlineNs);
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
    private static async ValueTask<DerCode> CallAsync(RpcCall call, RpcEndpoint endpoint, RpcOpcode opcode, ushort? argument, long deadlineNs)
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
