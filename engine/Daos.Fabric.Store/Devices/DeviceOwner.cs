namespace Daos.Fabric.Store.Devices;

/// <summary>Whose a device is; on it, so that no other engine takes it. Immutable.</summary>
/// <param name="System">Name of the system; empty when nobody said.</param>
/// <param name="Rank">Rank of the engine in it; <see cref="uint.MaxValue"/> when nobody said.</param>
/// <param name="Storage">Identity of the engine's storage directory; empty until an engine took the device into use.</param>
public readonly record struct DeviceOwner(string System, uint Rank, Guid Storage)
{
    /// <summary>Bytes of the longest name of a system.</summary>
    public const int SystemBytesMax = 64;

    /// <summary>Nobody yet.</summary>
    public static DeviceOwner None { get; } = new("", uint.MaxValue, Guid.Empty);

    /// <inheritdoc/>
    public override string ToString() => (System.Length > 0 ? $"system {System}" : "no named system")
        + (Rank == uint.MaxValue ? "" : $", rank {Rank}")
        + (Storage == Guid.Empty ? ", not in use by an engine yet" : $", storage {Storage}");
}
