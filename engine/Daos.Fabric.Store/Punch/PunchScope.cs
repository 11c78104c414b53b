namespace Daos.Fabric.Store.Punch;

/// <summary>What a punch takes away.</summary>
public enum PunchScope : byte
{
    /// <summary>The object with everything in it.</summary>
    Object,

    /// <summary>The dkey with everything in it.</summary>
    Dkey,

    /// <summary>Akeys of the dkey; a dkey that loses its last akey goes with it, unless the punch is a replay.</summary>
    Akeys,
}
