namespace Daos.Fabric.Reactor.Simulated;

/// <summary>What a power cut left of a trace.</summary>
/// <param name="Step">The last step that had begun.</param>
/// <param name="Fate">What became of the unflushed writes, in words.</param>
/// <param name="Image">The disk; nothing on it is unflushed.</param>
public sealed record MediaCrashState(int Step, string Fate, DiskImage Image);
