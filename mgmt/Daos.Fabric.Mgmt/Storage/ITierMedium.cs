namespace Daos.Fabric.Mgmt.Storage;

/// <summary>What a tier lies on: something that can be made into an empty directory, and found again. One engine's task at a time.</summary>
internal interface ITierMedium
{
    /// <summary>For messages, such as "device /dev/sdb".</summary>
    string Name { get; }

    /// <summary>Where its files are once it is open.</summary>
    string Directory { get; }

    /// <summary>Makes what was formatted reachable; false when it was never formatted. Throws <see cref="StorageException"/> when it cannot be reached.</summary>
    Task<bool> OpenAsync(CancellationToken cancellation);

    /// <summary>Why it must not be formatted, each with what to do. Changes nothing.</summary>
    IEnumerable<string> Refusals(bool isForced);

    /// <summary>Makes it an empty directory, whatever it held. Throws <see cref="StorageException"/>.</summary>
    Task FormatAsync(CancellationToken cancellation);
}
