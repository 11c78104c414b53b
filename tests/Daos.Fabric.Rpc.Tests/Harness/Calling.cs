namespace Daos.Fabric.Rpc.Tests.Harness;

/// <summary>Whole calls in one line; on the client's loop.</summary>
internal static class Calling
{
    /// <summary>Sends a payload and returns code and reply.</summary>
    internal static async ValueTask<(DerCode Code, byte[] Reply)> CallAsync(
        this RpcEndpoint endpoint, RpcOpcode opcode, byte[] payload, long deadlineNs = 0, RpcFlags flags = RpcFlags.None)
    {
        RpcCall call = endpoint.Context.RentCall();
        try
        {
            DerCode code = await call.AdmitAsync(endpoint, opcode, deadlineNs, flags);
            if (code.IsSuccess)
            {
                payload.CopyTo(call.BeginRequest(payload.Length));
                code = await call.SendAsync(payload.Length);
            }

            return (code, call.Reply.ToArray());
        }
        finally
        {
            call.Free();
        }
    }

    /// <summary>Bytes that differ by position and seed.</summary>
    internal static byte[] Pattern(int lengthBytes, int seed)
    {
        byte[] bytes = new byte[lengthBytes];
        new SeededRandom((ulong)seed).Fill(bytes);
        return bytes;
    }
}
