namespace Daos.Fabric.Protocol;

/// <summary>Module ids as DAOS numbers them, and the version of each protocol that this code speaks.</summary>
public static class ProtocolModules
{
    /// <summary>Pool service (DAOS_POOL_MODULE).</summary>
    public const byte Pool = 2;

    /// <summary>Container service (DAOS_CONT_MODULE).</summary>
    public const byte Container = 3;

    /// <summary>Objects (DAOS_OBJ_MODULE).</summary>
    public const byte Object = 4;

    /// <summary>What an operator asks about the system (CART's control base).</summary>
    public const byte Control = 0xF3;

    /// <summary>Version of the control protocol.</summary>
    public const byte ControlVersion = 1;

    /// <summary>Version of the pool protocol.</summary>
    public const byte PoolVersion = 1;

    /// <summary>Version of the container protocol.</summary>
    public const byte ContainerVersion = 1;

    /// <summary>Version of the object protocol.</summary>
    public const byte ObjectVersion = 1;
}
