namespace Daos.Fabric.Metadata.Remote;

/// <summary>
/// Carries one request to the store's side and its answer back: dRPC, or a simulated wire. Any thread. DER_NOREPLY and DER_PROTO: the other side may
/// have carried it out; with any other error it never got it (DER_UNREACH, DER_BUSY, DER_CANCELED, DER_NO_PERM, DER_UNREG, DER_NOMEM, DER_OVERFLOW,
/// DER_SHUTDOWN).
/// </summary>
/// <param name="method">What is asked.</param>
/// <param name="body">The request; not changed until the task ends.</param>
/// <param name="cancel">Gives up: DER_NOREPLY when the request had left.</param>
public delegate Task<DerResult<ReadOnlyMemory<byte>>> MetadataCarrier(MetadataMethod method, ReadOnlyMemory<byte> body, CancellationToken cancel);
