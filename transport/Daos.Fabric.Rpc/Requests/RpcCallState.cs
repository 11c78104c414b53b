namespace Daos.Fabric.Rpc.Requests;

/// <summary>Where a call stands, for logs and diagnosis; DAOS's names of the same states beside them.</summary>
public enum RpcCallState : byte
{
    /// <summary>Rented and not admitted (INITED).</summary>
    Initialized,

    /// <summary>Waits for a credit or a quota (QUEUED).</summary>
    Queued,

    /// <summary>Waits for its rank's address (URI_LOOKUP).</summary>
    UriLookup,

    /// <summary>Waits for the connection.</summary>
    Connecting,

    /// <summary>Holds a credit and a connection; the request is being written.</summary>
    Admitted,

    /// <summary>Waits for the reply (REQ_SENT).</summary>
    Sent,

    /// <summary>The reply came, whatever its code (COMPLETED).</summary>
    Completed,

    /// <summary>Ended at its deadline (TIMEOUT).</summary>
    TimedOut,

    /// <summary>Ended by its caller or by an abort (CANCELED).</summary>
    Canceled,

    /// <summary>No connection, or it ended (FWD_UNREACH).</summary>
    Unreachable,
}
