namespace Daos.Fabric.Engine.Services;

/// <summary>How far the making or destroying of a pool or container is; on media. Recovery undoes what is not <see cref="Ready"/>.</summary>
internal enum RecordState : byte
{
    /// <summary>Its parts on the targets may exist in part; nobody was told that it exists.</summary>
    Creating = 1,

    /// <summary>It exists.</summary>
    Ready = 2,

    /// <summary>Its parts on the targets may be gone in part.</summary>
    Destroying = 3,
}
