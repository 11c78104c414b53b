namespace Daos.Fabric.Rpc.Dispatch;

/// <summary>One row of a protocol's table. Immutable.</summary>
/// <param name="Index">Position in the table; the low 16 bits of the opcode.</param>
/// <param name="Name">For logs, such as <c>OBJ_UPDATE</c>.</param>
/// <param name="SchedulingClass">The request class that the xstream schedules it under.</param>
/// <param name="Features">What it expects.</param>
/// <param name="Handler">Runs it.</param>
public sealed record RpcOperation(ushort Index, string Name, byte SchedulingClass, RpcFeatures Features, RpcHandler Handler);
