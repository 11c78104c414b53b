namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>What readers may make of the records of an undecided transaction (DAOS: ALB_*).</summary>
internal enum Availability : byte
{
    /// <summary>Every participant has prepared: they show.</summary>
    Shown,

    /// <summary>They are being taken away: nobody sees them.</summary>
    Gone,

    /// <summary>This target leads the transaction, so it is certain that nobody was told of it yet.</summary>
    Undecided,

    /// <summary>Its leader knows: elsewhere, or not yet asked since this target was opened; or readers are to wait.</summary>
    Elsewhere,

    /// <summary>Participants disagree.</summary>
    Lost,

    /// <summary>Nobody knows.</summary>
    Unknown,
}
