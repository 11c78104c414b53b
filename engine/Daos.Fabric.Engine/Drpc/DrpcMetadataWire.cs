using Daos.Fabric.Metadata.Remote;
using Daos.Fabric.Protocol.Drpc;
using Daos.Fabric.Protocol.Drpc.Sockets;

namespace Daos.Fabric.Engine.Drpc;

/// <summary>Carries requests for metadata to daos_server (<see cref="MetadataCarrier"/>). Any thread.</summary>
/// <param name="client">Not owned.</param>
public sealed class DrpcMetadataWire(DrpcClient client)
{
    /// <summary>One request and its answer.</summary>
    public async Task<DerResult<ReadOnlyMemory<byte>>> CarryAsync(MetadataMethod method, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        DerResult<DrpcResponse> response = await client.CallAsync(DrpcModules.Metadata, (int)method, body, cancel).ConfigureAwait(false);
        return !response.IsSuccess ? response.Code
            : response.Value.Status == DrpcStatus.Success ? response.Value.Body

            // It was handed to the store, and something broke there.
            : response.Value.Status == DrpcStatus.Failure ? DerCode.NoReply
            : DrpcClient.CodeOf(response.Value.Status);
    }
}
