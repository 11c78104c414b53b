using Daos.Fabric.Rpc.Services;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>Makes a rank the caller of a run (CART: a master endpoint). On the context's loop. Each gives the codes of a call besides its own.</summary>
public static class SelfTestCalls
{
    /// <summary>
    /// Starts a run there. Its calls go to ranks of the system as the master knows them. It is stopped when this connection ends. DER_BUSY:
    /// another one is under way. DER_NOMEM: it needs more memory than the engine gives.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerCode> StartAsync(
        RpcEndpoint master, SelfTestPlan plan, IReadOnlyList<(Rank Rank, ushort Tag)> endpoints, long deadlineNs)
    {
        RpcCall call = master.Context.RentCall();
        DerCode code = await call.AdmitAsync(master, SelfTestOpcodes.Start, deadlineNs);
        if (code.IsSuccess)
        {
            code = await call.SendAsync(WriteStart(call, plan, endpoints));
        }

        call.Free();
        return code;
    }

    /// <summary>The figures when it is done; null while it runs. DER_NONEXIST: this connection has none. DER_PROTO: a malformed answer.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<SelfTestResult?>> StatusAsync(RpcEndpoint master, long deadlineNs)
    {
        RpcCall call = master.Context.RentCall();
        DerCode code = await call.AdmitAsync(master, SelfTestOpcodes.Status, deadlineNs);
        if (code.IsSuccess)
        {
            call.BeginRequest(0);
            code = await call.SendAsync(0);
        }

        SelfTestResult? result = null;
        if (code.IsSuccess)
        {
            code = Read(call.Reply, out result);
        }

        call.Free();
        if (code.IsError)
        {
            return code;
        }

        return result;
    }

    /// <summary>Gives the run up, or forgets its figures. DER_NONEXIST: this connection has none.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerCode> StopAsync(RpcEndpoint master, long deadlineNs)
    {
        RpcCall call = master.Context.RentCall();
        DerCode code = await call.AdmitAsync(master, SelfTestOpcodes.Stop, deadlineNs);
        if (code.IsSuccess)
        {
            call.BeginRequest(0);
            code = await call.SendAsync(0);
        }

        call.Free();
        return code;
    }

    private static int WriteStart(RpcCall call, SelfTestPlan plan, IReadOnlyList<(Rank Rank, ushort Tag)> endpoints)
    {
        var writer = new WireWriter(call.BeginRequest(SelfTestMaster.SizeBytes(endpoints.Count)));
        SelfTestMaster.Write(ref writer, plan, endpoints);
        return writer.Position;
    }

    private static DerCode Read(ReadOnlySpan<byte> reply, out SelfTestResult? result)
    {
        var reader = new WireReader(reply);
        var state = (SelfTestState)reader.ReadByte();
        reader.ReadPadding8();
        result = state == SelfTestState.Done ? SelfTestResult.TryRead(ref reader) : null;
        bool isGood = state == SelfTestState.Done ? result is not null : state == SelfTestState.Running && reader.IsComplete;
        return isGood ? DerCode.Success : DerCode.Protocol;
    }
}
