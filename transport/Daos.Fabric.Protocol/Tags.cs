namespace Daos.Fabric.Protocol;

/// <summary>Where requests are routed inside an engine (daos_rpc_tag).</summary>
public static class Tags
{
    /// <summary>Pool and container services.</summary>
    public const ushort System = 0;

    /// <summary>SWIM.</summary>
    public const ushort Swim = 1;

    /// <summary>The tag of target 0.</summary>
    public const ushort FirstTarget = 2;

    /// <summary>The tag of a target.</summary>
    public static ushort OfTarget(int target) => (ushort)(FirstTarget + target);

    /// <summary>The target of a tag; negative for the system's tags.</summary>
    public static int TargetOf(ushort tag) => tag - FirstTarget;
}
