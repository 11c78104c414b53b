namespace Daos.Fabric.Protocol.Objects;

/// <summary>Flags of an object request. The low bits are DAOS's conditional flags; the rest belong to this protocol.</summary>
[Flags]
public enum ObjectFlags : uint
{
    /// <summary>Unconditional.</summary>
    None = 0,

    /// <summary>Punch only what exists (DAOS_COND_PUNCH); else DER_NONEXIST.</summary>
    ConditionalPunch = 1 << 0,

    /// <summary>Write only if the dkey does not exist (DAOS_COND_DKEY_INSERT); else DER_EXIST.</summary>
    DkeyInsert = 1 << 1,

    /// <summary>Write only if the dkey exists (DAOS_COND_DKEY_UPDATE); else DER_NONEXIST.</summary>
    DkeyUpdate = 1 << 2,

    /// <summary>Read only if the dkey exists (DAOS_COND_DKEY_FETCH); else DER_NONEXIST.</summary>
    DkeyFetch = 1 << 3,

    /// <summary>Write only if no akey exists (DAOS_COND_AKEY_INSERT); else DER_EXIST.</summary>
    AkeyInsert = 1 << 4,

    /// <summary>Write only if every akey exists (DAOS_COND_AKEY_UPDATE); else DER_NONEXIST.</summary>
    AkeyUpdate = 1 << 5,

    /// <summary>Read only if every akey exists (DAOS_COND_AKEY_FETCH); else DER_NONEXIST.</summary>
    AkeyFetch = 1 << 6,

    /// <summary>
    /// Each iod has conditions of its own (DAOS_COND_PER_AKEY); together with <see cref="AkeyInsert"/>, <see cref="AkeyUpdate"/> or
    /// <see cref="AkeyFetch"/> it is refused with DER_INVAL.
    /// </summary>
    PerAkey = 1 << 7,

    /// <summary>A fetch that returns sizes and maps, no data.</summary>
    SizesOnly = 1 << 16,

    /// <summary>A listing from the end.</summary>
    Descending = 1 << 17,

    /// <summary>A key query for the largest (else the smallest).</summary>
    QueryMax = 1 << 18,

    /// <summary>A key query for the dkey.</summary>
    QueryDkey = 1 << 19,

    /// <summary>A key query for the akey.</summary>
    QueryAkey = 1 << 20,

    /// <summary>A key query for the array index.</summary>
    QueryRecx = 1 << 21,

    /// <summary>
    /// A fetch after one whose values did not fit their checksums (ORF_CSUM_REPORT): the engine checks everything that is stored, so that it
    /// becomes known where the damage is.
    /// </summary>
    VerifyStored = 1 << 22,

    /// <summary>A key query for nothing but the newest write of the object (daos_obj_query_max_epoch): it comes with every answer to a key query.</summary>
    QueryNewestWrite = 1 << 23,

    /// <summary>Every flag of this version.</summary>
    All = 0xFF | (0xFF << 16),
}
