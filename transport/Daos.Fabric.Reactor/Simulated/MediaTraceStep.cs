namespace Daos.Fabric.Reactor.Simulated;

/// <summary>One step of a <see cref="MediaTrace"/>.</summary>
/// <param name="Operation">"write", "durable write", "flush", or a call by its name.</param>
/// <param name="Path">The file.</param>
/// <param name="OffsetBytes">Where in it.</param>
/// <param name="LengthBytes">How much of it.</param>
/// <param name="Image">The disk right after it.</param>
public sealed record MediaTraceStep(string Operation, string Path, long OffsetBytes, long LengthBytes, DiskImage Image)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Operation} {Path} {OffsetBytes}+{LengthBytes}";
}
