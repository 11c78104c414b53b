namespace Daos.Fabric.Metadata.Etcd.Wire.Responses;

/// <summary>Answer of /v3/kv/txn.</summary>
internal sealed record TxnResponse(ResponseHeader? Header, bool Succeeded, ResponseOp[]? Responses);
