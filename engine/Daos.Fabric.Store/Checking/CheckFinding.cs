namespace Daos.Fabric.Store.Checking;

/// <summary>One thing that a check found.</summary>
/// <param name="Severity">How bad.</param>
/// <param name="Where">File and offset, or the way to the record.</param>
/// <param name="What">One sentence.</param>
public sealed record CheckFinding(CheckSeverity Severity, string Where, string What)
{
    /// <inheritdoc/>
    public override string ToString() => $"{(Severity == CheckSeverity.Damage ? "damage" : "warning")}: {Where}: {What}";
}
