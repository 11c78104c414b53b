namespace Daos.Fabric.Store.Trees;

/// <summary>What an akey holds (daos_iod_type). On media.</summary>
internal enum AkeyType : byte
{
    /// <summary>Nothing yet, or the record is a dkey's.</summary>
    None = 0,

    /// <summary>One value that every update replaces.</summary>
    Single = 1,

    /// <summary>Records of equal size under 63-bit indexes.</summary>
    Array = 2,
}
