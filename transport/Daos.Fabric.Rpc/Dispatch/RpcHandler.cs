namespace Daos.Fabric.Rpc.Dispatch;

/// <summary>
/// Handles one request as a ULT on the context's loop. It replies exactly once before its task ends (never for one-way requests); when
/// it throws or forgets, the dispatcher answers DER_MISC.
/// </summary>
public delegate ValueTask RpcHandler(RpcRequest request);
