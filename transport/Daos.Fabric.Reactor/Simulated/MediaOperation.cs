namespace Daos.Fabric.Reactor.Simulated;

/// <summary>The operations that a media fault may concern.</summary>
internal enum MediaOperation : byte
{
    Read,
    Write,
    Flush,
    Call,
    Allocate,
    Trim,
}
