using System.Text.Json.Serialization.Metadata;

namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>A call of the gateway: where it is and what goes there and back. Immutable.</summary>
internal sealed record EtcdCall<TRequest, TResponse>(string Path, JsonTypeInfo<TRequest> RequestType, JsonTypeInfo<TResponse> ResponseType);
