namespace Daos.Fabric.Metadata.Etcd.Wire.Requests;

/// <summary>Body of /v3/watch.</summary>
internal sealed record WatchRequest(WatchCreateRequest CreateRequest);
