namespace Daos.Fabric.Store.Visibility;

/// <summary>What an operation does about a record of somebody else's undecided transaction.</summary>
internal enum OpenRule : byte
{
    /// <summary>Steps over it: the engine's own walks and upkeep (DAOS: migration, purge).</summary>
    StepsOver = 0,

    /// <summary>
    /// Steps over it where the transaction's leader is and knows that nothing is decided; else answers DER_INPROGRESS: stand-alone reads.
    /// </summary>
    StandAlone,

    /// <summary>Answers DER_INPROGRESS: reads of transactions and at an epoch, conditions, punches.</summary>
    Waits,

    /// <summary>
    /// Relies on neither outcome: an undecided creation does not count, an undecided punch does. Blind writes, whose epochs keep them apart.
    /// </summary>
    Either,
}
