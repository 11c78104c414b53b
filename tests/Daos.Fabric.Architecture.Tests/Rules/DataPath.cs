namespace Daos.Fabric.Architecture.Tests.Rules;

/// <summary>The projects that must run whole on the simulator: no ambient clock, randomness, threads, locks or files.</summary>
internal static class DataPath
{
    public static readonly string[] Projects =
    [
        "Daos.Fabric.Core", "Daos.Fabric.Reactor", "Daos.Fabric.Transport", "Daos.Fabric.Transport.Sockets",
        "Daos.Fabric.Transport.SharedMemory", "Daos.Fabric.Transport.Ofi", "Daos.Fabric.Rpc", "Daos.Fabric.Protocol",
        "Daos.Fabric.Xstreams", "Daos.Fabric.Store", "Daos.Fabric.Metadata", "Daos.Fabric.Engine", "Daos.Fabric.Client",
    ];

    public static bool Contains(SourceFile file) => Projects.Contains(file.Project);
}
