namespace Daos.Fabric.Rpc.Requests;

/// <summary>Where a call stands.</summary>
/// <remarks>
/// <code>
/// state     holds               leaves by
/// Idle      slot                RentCall                    -> Rented
/// Rented    -                   AdmitAsync                  -> Admitted or Waiting     Free -> Idle
/// Waiting   place in the line   credit and connection       -> Admitted
///                               deadline, Cancel, no peer   -> Done
/// Admitted  credit, memory      BeginRequest                -> Building                Free -> Idle
/// Building  credit, memory      SendAsync                   -> Sent (one-way: Ending)
/// Sent      credit, memory      reply, deadline, Cancel,
///                               end of the connection       -> Ending
/// Ending    credit, memory      last range revoked          -> Done
/// Done      reply               AdmitAsync as from Rented                              Free -> Idle
/// </code>
/// A call completes (its task) on entering Done from Waiting or Ending, never before its memory is out of the peer's reach.
/// </remarks>
internal enum CallState : byte
{
    Idle,
    Rented,
    Waiting,
    Admitted,
    Building,
    Sent,
    Ending,
    Done,
}
