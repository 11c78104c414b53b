namespace Daos.Fabric.Store.Tests.Operations;

/// <summary>What a range of a file is for.</summary>
internal enum LiveKind
{
    Superblock,
    Root,
    MapPage,
    Page,
    FreeMap,
    Header,
    Log,
    Data,
}
