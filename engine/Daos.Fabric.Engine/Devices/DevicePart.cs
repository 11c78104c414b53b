using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Engine.Devices;

/// <summary>One of the devices that a target uses, as the target sees it. Owned by the target's xstream.</summary>
internal sealed class DevicePart(int tier, DeviceRoles roles, Guid id, DeviceCounters earlier, bool isShared)
{
    public int Tier { get; } = tier;

    public DeviceRoles Roles { get; } = roles;

    public Guid Id { get; } = id;

    /// <summary>Other targets use it too: how many errors it had in all is for the system to add up.</summary>
    public bool IsShared { get; } = isShared;

    /// <summary>Counts for every shard on the device, since this engine started or the device came.</summary>
    public DeviceHealth Health { get; } = new();

    /// <summary>Errors over the device's life, as far as this target met them.</summary>
    public DeviceCounters Errors => earlier.Plus(DeviceCounters.Of(Health));

    public bool IsServing { get; set; }

    /// <summary>Why it failed; empty when it only had errors that the system is to add up.</summary>
    public string FaultReason { get; set; } = "";

    /// <summary>The system has not heard of it yet.</summary>
    public bool IsNews { get; set; }
}
