namespace Daos.Fabric.Metadata.Etcd.Wire;

// Messages of etcd's JSON gateway: the names of its protocol buffers, 64-bit numbers as text, bytes as base64, zero and empty left away.

/// <summary>What every answer begins with.</summary>
internal sealed record ResponseHeader(long Revision);

/// <summary>A key as etcd holds it.</summary>
internal sealed record KeyValue(byte[]? Key, byte[]? Value, long CreateRevision, long ModRevision, long Version, long Lease);

/// <summary>Body of /v3/kv/range.</summary>
internal sealed record RangeRequest(byte[] Key, byte[]? RangeEnd, long Limit, long Revision, bool KeysOnly);

/// <summary>Its answer.</summary>
internal sealed record RangeResponse(ResponseHeader? Header, KeyValue[]? Kvs, bool More);

/// <summary>Writes a key.</summary>
internal sealed record PutRequest(byte[] Key, byte[] Value, long Lease);

/// <summary>Deletes a key, or a range of them.</summary>
internal sealed record DeleteRangeRequest(byte[] Key, byte[]? RangeEnd = null);

/// <summary>One condition.</summary>
internal sealed record Compare(string Result, string Target, byte[] Key)
{
    public long? Version { get; init; }

    public long? CreateRevision { get; init; }

    public long? ModRevision { get; init; }

    public byte[]? Value { get; init; }
}

/// <summary>One operation; one of the fields is set.</summary>
internal sealed record RequestOp
{
    public RangeRequest? RequestRange { get; init; }

    public PutRequest? RequestPut { get; init; }

    public DeleteRangeRequest? RequestDeleteRange { get; init; }

    public TxnRequest? RequestTxn { get; init; }
}

/// <summary>Body of /v3/kv/txn.</summary>
internal sealed record TxnRequest(Compare[] Compare, RequestOp[] Success, RequestOp[] Failure);

/// <summary>The answer of one operation, of those that are looked at.</summary>
internal sealed record ResponseOp
{
    public RangeResponse? ResponseRange { get; init; }

    public TxnResponse? ResponseTxn { get; init; }
}

/// <summary>Its answer.</summary>
internal sealed record TxnResponse(ResponseHeader? Header, bool Succeeded, ResponseOp[]? Responses);

/// <summary>Body of /v3/kv/compaction.</summary>
internal sealed record CompactionRequest(long Revision);

/// <summary>Body of /v3/lease/grant.</summary>
internal sealed record LeaseGrantRequest([property: JsonPropertyName("TTL")] long Ttl);

/// <summary>Body of /v3/lease/revoke and /v3/lease/keepalive.</summary>
internal sealed record LeaseRequest([property: JsonPropertyName("ID")] long Id);

/// <summary>Answer of /v3/lease/grant and, inside a <see cref="StreamLine{T}"/>, of /v3/lease/keepalive.</summary>
internal sealed record LeaseResponse([property: JsonPropertyName("ID")] long Id, [property: JsonPropertyName("TTL")] long Ttl);

/// <summary>An answer of which only the code counts.</summary>
internal sealed record EmptyResponse;

/// <summary>Body of /v3/auth/authenticate.</summary>
internal sealed record AuthenticateRequest(string Name, string Password);

/// <summary>Its answer.</summary>
internal sealed record AuthenticateResponse(string? Token);

/// <summary>Body of /v3/watch.</summary>
internal sealed record WatchRequest(WatchCreateRequest CreateRequest);

/// <summary>Which keys, from which revision.</summary>
internal sealed record WatchCreateRequest(byte[] Key, byte[] RangeEnd, long StartRevision, bool ProgressNotify = true);

/// <summary>One message of a watch.</summary>
internal sealed record WatchResponse(ResponseHeader? Header, bool Created, bool Canceled, long CompactRevision, string? CancelReason, WatchEvent[]? Events);

/// <summary>One change; the type is DELETE or left away.</summary>
internal sealed record WatchEvent(string? Type, KeyValue? Kv);

/// <summary>One line of a stream: a result or an error.</summary>
internal sealed record StreamLine<T>(T? Result, ErrorResponse? Error);

/// <summary>What the gateway says when something fails; in streams the code is called grpc_code.</summary>
internal sealed record ErrorResponse(string? Error, string? Message, int Code, int GrpcCode);
