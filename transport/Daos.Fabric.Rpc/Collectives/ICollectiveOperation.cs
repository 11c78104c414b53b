namespace Daos.Fabric.Rpc.Collectives;

/// <summary>
/// What a collective does at each rank (CART: crt_corpc_ops and the RPC's handler). Called on the service's loop; no method may throw. What
/// a request holds is the service's: what an operation keeps, it copies.
/// </summary>
public interface ICollectiveOperation
{
    /// <summary>Its number; every rank registers it under the same.</summary>
    RpcOpcode Opcode { get; }

    /// <summary>Before it is handed on to the children; an error keeps this rank and everybody below from running it.</summary>
    DerCode BeforeForward(CollectiveRequest request);

    /// <summary>This rank's part; writes the reply.</summary>
    ValueTask<DerCode> RunAsync(CollectiveRequest request);

    /// <summary>Merges the reply of a child (and of everybody below it) into this rank's.</summary>
    DerCode Aggregate(CollectiveRequest request, ReadOnlySpan<byte> childReply);

    /// <summary>After this rank answered its parent, or its caller at the root.</summary>
    void AfterReply(CollectiveRequest request);
}
