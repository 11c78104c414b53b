namespace Daos.Fabric.Mgmt.Engines;

/// <summary>At most one restart of an engine in so much time; one that comes earlier is put off to the end of it. One task at a time.</summary>
internal sealed class RestartLimiter(TimeSpan least, TimeProvider time)
{
    private DateTimeOffset? _last;

    /// <summary>When the next restart may be: now, or later.</summary>
    internal DateTimeOffset Next => _last is { } last && last + least > time.GetUtcNow() ? last + least : time.GetUtcNow();

    /// <summary>A restart is done now.</summary>
    internal void Count() => _last = time.GetUtcNow();
}
