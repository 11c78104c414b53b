namespace Daos.Fabric.Metadata.Etcd.Wire.Responses;

/// <summary>The answer of one operation, of those that are looked at.</summary>
internal sealed record ResponseOp
{
    public RangeResponse? ResponseRange { get; init; }

    public TxnResponse? ResponseTxn { get; init; }
}
