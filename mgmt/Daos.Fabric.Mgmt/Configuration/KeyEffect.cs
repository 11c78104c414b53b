namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>What comes of setting a key.</summary>
internal enum KeyEffect
{
    /// <summary>What its meaning says.</summary>
    Works,

    /// <summary>It is checked and shown; the part of the system that reads it is not built yet.</summary>
    Waits,

    /// <summary>DAOS has it for something that does not exist here; setting it is told by a warning.</summary>
    Ignored,
}
