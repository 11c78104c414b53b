namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>What a storage tier lies on.</summary>
internal enum TierClass
{
    /// <summary>A directory of a file system that is there.</summary>
    Dir,

    /// <summary>A RAM disk.</summary>
    Ram,

    /// <summary>Persistent memory, mounted with DAX.</summary>
    Dcpm,

    /// <summary>A file with a file system in it.</summary>
    File,

    /// <summary>A block device.</summary>
    Kdev,

    /// <summary>A block device, named by its PCI address.</summary>
    Nvme,
}
