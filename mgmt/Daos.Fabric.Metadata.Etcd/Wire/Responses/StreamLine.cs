namespace Daos.Fabric.Metadata.Etcd.Wire.Responses;

/// <summary>One line of a stream: a result or an error.</summary>
internal sealed record StreamLine<T>(T? Result, ErrorResponse? Error);
