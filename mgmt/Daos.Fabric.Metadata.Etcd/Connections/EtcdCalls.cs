namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>
/// The calls that are used. The gateway speaks JSON: the names of etcd's protocol buffers, 64-bit numbers as text, bytes as base64, zero and
/// empty left away.
/// </summary>
internal static class EtcdCalls
{
    internal static readonly EtcdCall<RangeRequest, RangeResponse> Range =
        new("/v3/kv/range", EtcdJson.Default.RangeRequest, EtcdJson.Default.RangeResponse);

    internal static readonly EtcdCall<TxnRequest, TxnResponse> Txn = new("/v3/kv/txn", EtcdJson.Default.TxnRequest, EtcdJson.Default.TxnResponse);

    internal static readonly EtcdCall<CompactionRequest, EmptyResponse> Compact =
        new("/v3/kv/compaction", EtcdJson.Default.CompactionRequest, EtcdJson.Default.EmptyResponse);

    internal static readonly EtcdCall<LeaseGrantRequest, LeaseResponse> Grant =
        new("/v3/lease/grant", EtcdJson.Default.LeaseGrantRequest, EtcdJson.Default.LeaseResponse);

    internal static readonly EtcdCall<LeaseRequest, StreamLine<LeaseResponse>> KeepAlive =
        new("/v3/lease/keepalive", EtcdJson.Default.LeaseRequest, EtcdJson.Default.StreamLineLeaseResponse);

    internal static readonly EtcdCall<LeaseRequest, EmptyResponse> Revoke =
        new("/v3/lease/revoke", EtcdJson.Default.LeaseRequest, EtcdJson.Default.EmptyResponse);

    internal static readonly EtcdCall<WatchRequest, StreamLine<WatchResponse>> Watch =
        new("/v3/watch", EtcdJson.Default.WatchRequest, EtcdJson.Default.StreamLineWatchResponse);

    internal static readonly EtcdCall<AuthenticateRequest, AuthenticateResponse> Authenticate =
        new("/v3/auth/authenticate", EtcdJson.Default.AuthenticateRequest, EtcdJson.Default.AuthenticateResponse);
}
