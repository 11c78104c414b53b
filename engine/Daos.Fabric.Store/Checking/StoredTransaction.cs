using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Checking;

/// <summary>A stored transaction.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Epoch">When its records were written.</param>
/// <param name="State">Prepared, corrupted, aborting or committed.</param>
/// <param name="Flags">What is known of it while it is undecided.</param>
/// <param name="Records">Records that wait for its outcome.</param>
/// <param name="ParticipantBytes">Bytes of its participants.</param>
public readonly record struct StoredTransaction(
    TransactionId Id, Epoch Epoch, TransactionState State, TransactionFlags Flags, long Records, long ParticipantBytes);
