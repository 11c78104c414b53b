namespace Daos.Fabric.Metadata.Etcd.Wire.Responses;

/// <summary>Answer of /v3/kv/range.</summary>
internal sealed record RangeResponse(ResponseHeader? Header, KeyValue[]? Kvs, bool More);
