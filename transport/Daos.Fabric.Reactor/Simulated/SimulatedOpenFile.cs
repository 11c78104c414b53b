namespace Daos.Fabric.Reactor.Simulated;

/// <summary>An open descriptor of a simulated file. Owned by the simulator's thread.</summary>
internal sealed class SimulatedOpenFile(SimulatedNode node, SimulatedFile file, FileAccessMode mode, string path)
{
    internal SimulatedNode Node { get; } = node;

    internal SimulatedFile File { get; } = file;

    internal string Path { get; } = path;

    internal FileAccessMode Mode { get; } = mode;
}
