namespace Daos.Fabric.Store.Media.Trimming;

/// <summary>Whether freed data blocks are given back to what lies below.</summary>
public enum TrimMode : byte
{
    /// <summary>
    /// On block devices, which then know what they need not keep. Files keep their blocks, so that a write never fails because somebody else
    /// filled the file system, and need not allocate.
    /// </summary>
    Devices,

    /// <summary>On files too: room that is not in use goes back to the file system, and a later write may find none.</summary>
    Always,

    /// <summary>Never.</summary>
    Off,
}
