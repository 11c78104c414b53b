namespace Daos.Fabric.Rpc.Bulk;

/// <summary>What a call exposed of a region, to be written into its request. Valid until the call ends.</summary>
/// <param name="Region">The region.</param>
/// <param name="First">Number of the first exposed range.</param>
/// <param name="Bindings">Other ranks that may reach it too.</param>
public readonly record struct ExposedBulk(BulkRegion? Region, int First, int Bindings)
{
    /// <summary>False when the connection ended or a quota was reached: nothing is exposed.</summary>
    public bool IsValid => Region is not null;

    /// <summary>Bytes that <see cref="Requests.RpcCall.Write"/> fills.</summary>
    public int SizeBytes => Region is null ? 0 : BulkWire.SizeBytes(Region.SegmentCount, Bindings);
}
