namespace Daos.Fabric.Metadata.Etcd.Wire.Responses;

/// <summary>What the gateway says when something fails; in streams the code is called grpc_code.</summary>
internal sealed record ErrorResponse(string? Error, string? Message, int Code, int GrpcCode);
