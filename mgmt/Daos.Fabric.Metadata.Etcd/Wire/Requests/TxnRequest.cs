namespace Daos.Fabric.Metadata.Etcd.Wire.Requests;

/// <summary>Body of /v3/kv/txn.</summary>
internal sealed record TxnRequest(Compare[] Compare, RequestOp[] Success, RequestOp[] Failure);
