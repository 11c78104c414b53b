using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.Pools;
using Daos.Fabric.Client.Sessions;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Pools;
using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Rpc.Services;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Contexts;

/// <summary>How a context learns where a system and its targets are.</summary>
public sealed partial class ClientContext
{
    /// <summary>
    /// Connects to a system by its primary address (tag 0). DER_UNREACH when nobody answers there, DER_TIMEDOUT, DER_INVAL when no provider
    /// knows the scheme. Nothing is retried.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> ConnectAsync(TransportUri uri)
    {
        Loop.Assert();
        // An address where nobody answered is not kept: the caller may have another one.
        DerResult<RpcEndpoint> connected = await Rpc.ConnectAsync(uri, Tags.System, Loop.NowNs + _attemptTimeoutNs);
        return connected.IsSuccess ? AddTarget(ClientCall.SystemTarget, Tags.System, uri) : connected.Code;
    }

    /// <summary>Connects to a pool by its label. DER_NONEXIST, and what every call may fail with.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<PoolSession>> ConnectPoolAsync(string name)
    {
        SystemRequests.CheckLabel(name, "pool connect");
        DerResult<byte[]> reply = await OpenHandleAsync(PoolOpcodes.Connect, Guid.Empty, name);
        if (!reply.IsSuccess)
        {
            return reply.Code;
        }

        if (!PoolConnectReply.TryRead(reply.Value, out PoolConnectReply connected))
        {
            return DerCode.Protocol;
        }

        for (int target = 0; target < connected.TargetUris.Count; target++)
        {
            DerCode code = await FindTargetAsync(target, connected.TargetUris[target]);
            if (code.IsError)
            {
                return code;
            }
        }

        return new PoolSession(this, connected);
    }

    /// <summary>Creates a pool. DER_EXIST, and what every call may fail with.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> CreatePoolAsync(string name)
    {
        SystemRequests.CheckLabel(name, "pool create");
        var request = new EntityRequest(Guid.Empty, new EntityName(DrawId(), name));
        return (await AskSystemAsync(PoolOpcodes.Create, true, request)).Code;
    }

    /// <summary>A new identifier, drawn from the context's random numbers.</summary>
    internal Guid DrawId() => _ids.NextGuid();

    /// <summary>Makes a target known under the address that the engine gave for it.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> FindTargetAsync(int target, string address)
    {
        Loop.Assert();
        if ((uint)target < (uint)_targets.Length && _targets[target] is not null)
        {
            return DerCode.Success;
        }

        TransportUri uri;
        if (address.Length == 0)
        {
            DerResult<TransportUri> found = await LookUpAsync(Tags.OfTarget(target));
            if (!found.IsSuccess)
            {
                return found.Code;
            }

            uri = found.Value;
        }
        else if (TransportUri.TryParse(address, out TransportUri? parsed, out _))
        {
            uri = parsed;
        }
        else
        {
            return DerCode.Protocol;
        }

        return AddTarget(target, Tags.OfTarget(target), _system is null ? uri : ReachableAddress.Of(uri, _system.Endpoint.Uri));
    }

    /// <summary>Asks the system's own services; the answer's payload is the caller's.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<byte[]>> AskSystemAsync(Rpc.RpcOpcode opcode, bool isModification, EntityRequest request)
    {
        if (TryRentCall() is not { } call)
        {
            return DerCode.Again;
        }

        SystemRequests.Entity(call, opcode, isModification, in request);
        return await AskSystemAsync(call);
    }

    /// <summary>The same for an encoded call, which is returned.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<byte[]>> AskSystemAsync(ClientCall call)
    {
        DerCode code = await RunAsync(call);
        DerResult<byte[]> result = code.IsSuccess ? call.Value.ToArray() : code;
        ReturnCall(call);
        return result;
    }

    /// <summary>Connects to a pool or opens a container under a new handle.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<byte[]>> OpenHandleAsync(Rpc.RpcOpcode opcode, Guid pool, string name)
    {
        if (TryRentCall() is not { } call)
        {
            return DerCode.Again;
        }

        SystemRequests.Open(call, opcode, new OpenRequest(pool, DrawId(), new EntityName(Guid.Empty, name)));
        return await AskSystemAsync(call);
    }

    /// <summary>Gives a handle back.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> GiveBackAsync(Rpc.RpcOpcode opcode, Guid handle) =>
        (await AskSystemAsync(opcode, false, new EntityRequest(handle, default))).Code;

    private ValueTask<DerResult<TransportUri>> LookUpAsync(ushort tag) => _system is null
        ? ValueTask.FromResult<DerResult<TransportUri>>(DerCode.NotAttached)
        : InternalCalls.LookupUriAsync(_system.Endpoint, tag, Loop.NowNs + _attemptTimeoutNs);
}
