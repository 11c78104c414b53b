namespace Daos.Fabric.Rpc.Dispatch;

/// <summary>One row of a protocol's table. Immutable.</summary>
/// <param name="Index">Position in the table; the low 16 bits of the opcode.</param>
/// <param name="Name">For logs, such as <c>OBJ_UPDATE</c>.</param>
/// <param name="SchedulingClass">The request class that the xstream schedules it under.</param>
/// <param name="Features">What it expects.</param>
/// <param name="Handler">Runs it.</param>
public sealed record RpcOperation(ushort Index, string Name, byte SchedulingClass, RpcFeatures Features, RpcHandler Handler)
{
    /// <summary>
    /// Hears of each request when it is queued, before its turn comes, so that several that wait can be looked ahead of together. It returns
    /// at once, neither replies nor awaits, and is not told when a request ends without its handler (cancelled, expired): it looks
    /// at <see cref="RpcRequest.IsQueued"/> before it uses one. Null for nobody.
    /// </summary>
    public Action<RpcRequest>? Arrived { get; init; }
}
