namespace Daos.Fabric.Reactor;

/// <summary>What an operation under way is.</summary>
internal enum OperationKind : byte
{
    None,
    Accept,
    Connect,
    Receive,
    WaitReadable,
    Send,
    ReadFile,
    WriteFile,
    FlushFile,
    TrimFile,
}
