namespace Daos.Fabric.Rpc.Dispatch;

/// <summary>One version of one module's operations, as registered with <see cref="RpcContext.Register"/>. Immutable.</summary>
/// <param name="ModuleId">Bits 31..24 of the opcodes.</param>
/// <param name="Version">Bits 23..16 of the opcodes.</param>
/// <param name="Name">For logs, such as <c>obj</c>.</param>
/// <param name="Operations">The table; positions without an operation may be missing.</param>
public sealed record RpcProtocol(byte ModuleId, byte Version, string Name, IReadOnlyList<RpcOperation> Operations)
{
    /// <summary>Told to peers by a protocol query; each module defines its own bits.</summary>
    public ulong FeatureBits { get; init; }
}
