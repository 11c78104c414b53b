namespace Daos.Fabric.Store.Timestamps;

/// <summary>What was read or is to be written; reads and writes concern everything below.</summary>
internal enum TimestampLevel : byte
{
    /// <summary>A container: its objects were listed.</summary>
    Container,

    /// <summary>An object: its existence, its dkeys.</summary>
    Object,

    /// <summary>A dkey: its existence, its akeys.</summary>
    Dkey,

    /// <summary>An akey and its value.</summary>
    Akey,
}
