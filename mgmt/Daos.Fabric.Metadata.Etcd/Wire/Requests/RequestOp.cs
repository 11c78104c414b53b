namespace Daos.Fabric.Metadata.Etcd.Wire.Requests;

/// <summary>One operation; one of the fields is set.</summary>
internal sealed record RequestOp
{
    public RangeRequest? RequestRange { get; init; }

    public PutRequest? RequestPut { get; init; }

    public DeleteRangeRequest? RequestDeleteRange { get; init; }

    public TxnRequest? RequestTxn { get; init; }
}
