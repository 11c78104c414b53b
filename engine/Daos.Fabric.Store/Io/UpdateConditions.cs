namespace Daos.Fabric.Store.Io;

/// <summary>Conditions on keys (DAOS_COND_*), in DAOS's order of bits.</summary>
[Flags]
public enum UpdateConditions : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Punch: what is punched must exist (DER_NONEXIST).</summary>
    Punch = 1 << 0,

    /// <summary>The dkey must not exist (DER_EXIST).</summary>
    DkeyInsert = 1 << 1,

    /// <summary>The dkey must exist (DER_NONEXIST).</summary>
    DkeyUpdate = 1 << 2,

    /// <summary>Fetch: the dkey must exist (DER_NONEXIST).</summary>
    DkeyFetch = 1 << 3,

    /// <summary>No akey of the call may exist (DER_EXIST).</summary>
    AkeyInsert = 1 << 4,

    /// <summary>Every akey of the call must exist (DER_NONEXIST).</summary>
    AkeyUpdate = 1 << 5,

    /// <summary>Fetch: every akey of the call must exist (DER_NONEXIST).</summary>
    AkeyFetch = 1 << 6,

    /// <summary>Each akey has conditions of its own; those of the call say nothing about akeys (DER_INVAL).</summary>
    PerAkey = 1 << 7,
}
