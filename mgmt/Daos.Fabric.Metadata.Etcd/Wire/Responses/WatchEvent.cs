namespace Daos.Fabric.Metadata.Etcd.Wire.Responses;

/// <summary>One change; the type is DELETE or left away.</summary>
internal sealed record WatchEvent(string? Type, KeyValue? Kv);
