using Daos.Fabric.Core.Errors;
using Daos.Fabric.Metadata.Remote;
using Daos.Fabric.Protocol.Drpc;

namespace Daos.Fabric.Mgmt.Drpc;

/// <summary>The system's metadata for engines. Any thread.</summary>
internal sealed class MetadataModule(MetadataService service) : IDrpcModule
{
    public int Id => DrpcModules.Metadata;

    public async Task<DrpcReply> HandleAsync(DrpcCall call, CancellationToken cancel)
    {
        DerResult<ReadOnlyMemory<byte>> reply = await service.HandleAsync((MetadataMethod)call.Method, call.Body, cancel).ConfigureAwait(false);
        return reply.IsSuccess ? DrpcReply.Of(reply.Value)
            : new DrpcReply(reply.Code == DerCode.Unregistered ? DrpcStatus.UnknownMethod : DrpcStatus.FailedUnmarshalPayload);
    }
}
