namespace Daos.Fabric.Engine.Devices;

/// <summary>A change of the device table that a control plane asks for: DAOS's <c>SmdManageReq</c> as one engine gets it. Immutable.</summary>
public sealed record SmdManage
{
    /// <summary>What to do.</summary>
    public required SmdOperation Operation { get; init; }

    /// <summary>The device that it is about.</summary>
    public required Guid Device { get; init; }

    /// <summary>
    /// Of a replacement: the device that takes its place; the same one to use it again with what it holds; empty for whichever device lies at the tier's
    /// paths, which comes up empty.
    /// </summary>
    public Guid NewDevice { get; init; }
}
