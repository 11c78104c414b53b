namespace Daos.Fabric.Store.Devices;

/// <summary>How a device is opened. Immutable.</summary>
public sealed record DeviceOpenOptions
{
    /// <summary>A block device, or a file that is used whole.</summary>
    public required string Path { get; init; }

    /// <summary>Only looks: nothing can be changed, and what is there may be looked at by others too.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Counts what the table's reads and writes meet; null for nobody.</summary>
    public Media.DeviceHealth? Health { get; init; }

    /// <summary>Where the sentence of a failure is left.</summary>
    public StoreReport Report { get; init; } = new();

    /// <summary>Tests only: called at every step that makes something durable.</summary>
    internal Action<DevicePersistPoint>? OnPersist { get; init; }
}
