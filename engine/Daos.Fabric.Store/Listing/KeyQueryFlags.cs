namespace Daos.Fabric.Store.Listing;

/// <summary>What a key query looks for (DAOS_GET_*).</summary>
[Flags]
public enum KeyQueryFlags : byte
{
    /// <summary>Nothing; not allowed.</summary>
    None = 0,

    /// <summary>The largest, else the smallest.</summary>
    Max = 1 << 0,

    /// <summary>The dkey; else it is given.</summary>
    Dkey = 1 << 1,

    /// <summary>The akey; else it is given, if a recx is wanted.</summary>
    Akey = 1 << 2,

    /// <summary>The run of array records.</summary>
    Recx = 1 << 3,

    /// <summary>
    /// With <see cref="Recx"/>: records that only parity speaks for count too (DAOS: VOS_GET_RECX_EC). Each record of parity stands for as many of
    /// data as a stripe has data cells, unless they were punched after it.
    /// </summary>
    Parity = 1 << 4,

    /// <summary>The newest write of the object; it comes with every answer, and may be asked for alone.</summary>
    NewestWrite = 1 << 5,
}
