namespace Daos.Fabric.Protocol.Drpc;

/// <summary>Answers the calls of one module. Called on threads of the thread pool, for several sessions at once.</summary>
public interface IDrpcModule
{
    /// <summary>Its number, <see cref="DrpcModules"/>.</summary>
    int Id { get; }

    /// <summary>
    /// Runs a method; <see cref="DrpcStatus.UnknownMethod"/> and <see cref="DrpcStatus.FailedUnmarshalPayload"/> are its business. What it throws becomes
    /// <see cref="DrpcStatus.Failure"/> and is logged.
    /// </summary>
    /// <param name="call">The call; its body is valid until the task ends.</param>
    /// <param name="cancel">The session or the listener ends: nobody waits for the answer.</param>
    Task<DrpcReply> HandleAsync(DrpcCall call, CancellationToken cancel);
}
