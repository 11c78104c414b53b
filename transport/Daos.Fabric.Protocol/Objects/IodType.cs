namespace Daos.Fabric.Protocol.Objects;

/// <summary>What an akey holds (daos_iod_type_t).</summary>
public enum IodType : byte
{
    /// <summary>One value, replaced as a whole.</summary>
    Single = 1,

    /// <summary>An array of records of one size.</summary>
    Array = 2,
}
