using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>An undecided transaction as iterations and queries tell of it. A value.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Epoch">When its records were written.</param>
/// <param name="State">How far it is.</param>
/// <param name="Flags">What is known of it.</param>
/// <param name="Object">The object that chooses its leader.</param>
/// <param name="DkeyHash">Hash of the dkey that chooses its leader.</param>
/// <param name="MapVersion">Version of the pool map that it was prepared under.</param>
/// <param name="Records">Records that it wrote.</param>
/// <param name="ParticipantBytes">Bytes of its participants.</param>
/// <param name="IsRecovered">It was prepared in an earlier life of the shard.</param>
public readonly record struct OpenTransaction(
    TransactionId Id,
    Epoch Epoch,
    TransactionState State,
    TransactionFlags Flags,
    ObjectId Object,
    ulong DkeyHash,
    uint MapVersion,
    int Records,
    int ParticipantBytes,
    bool IsRecovered);

/// <summary>A committed transaction as iterations tell of it. A value.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Epoch">When its records were written.</param>
public readonly record struct CommittedTransaction(TransactionId Id, Epoch Epoch);
