namespace Daos.Fabric.Engine.Devices;

/// <summary>What a control plane asks of the device table: DAOS's <c>SmdQueryReq</c> as one engine gets it. Immutable.</summary>
public sealed record SmdQuery
{
    /// <summary>Without the devices.</summary>
    public bool OmitDevices { get; init; }

    /// <summary>Without the pools.</summary>
    public bool OmitPools { get; init; }

    /// <summary>Only this device and pools with blobs on it; empty for all. DER_NONEXIST when there is none.</summary>
    public Guid Device { get; init; }
}
