namespace Daos.Fabric.Client.Objects;

/// <summary>
/// What must hold for a call to be carried out (DAOS: DAOS_COND_*); otherwise it fails and changes nothing. The numbers are those of the
/// protocol.
/// </summary>
[Flags]
public enum ObjectConditions : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Punch: what is punched must exist, else DER_NONEXIST.</summary>
    Punch = 1 << 0,

    /// <summary>Update: the dkey must not exist, else DER_EXIST.</summary>
    DkeyInsert = 1 << 1,

    /// <summary>Update: the dkey must exist, else DER_NONEXIST.</summary>
    DkeyUpdate = 1 << 2,

    /// <summary>Fetch: the dkey must exist, else DER_NONEXIST.</summary>
    DkeyFetch = 1 << 3,

    /// <summary>Update: no akey may exist, else DER_EXIST.</summary>
    AkeyInsert = 1 << 4,

    /// <summary>Update: every akey must exist, else DER_NONEXIST.</summary>
    AkeyUpdate = 1 << 5,

    /// <summary>Fetch: every akey must exist, else DER_NONEXIST.</summary>
    AkeyFetch = 1 << 6,

    /// <summary>
    /// Each akey has conditions of its own (<see cref="DaosUpdateIod.Conditions"/>, <see cref="DaosFetchIod.Conditions"/>); not together
    /// with one for all akeys (DER_INVAL).
    /// </summary>
    PerAkey = 1 << 7,
}
