namespace Daos.Fabric.Engine.Devices;

/// <summary>What <see cref="SmdManage"/> does.</summary>
public enum SmdOperation : byte
{
    /// <summary>Takes a device out of use as if it had failed (<c>dmg storage set nvme-faulty</c>).</summary>
    SetFaulty,

    /// <summary>Puts another device, or the same one with what it holds, in its place (<c>dmg storage replace nvme</c>).</summary>
    Replace,
}
