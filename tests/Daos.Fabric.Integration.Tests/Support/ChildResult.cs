namespace Daos.Fabric.Integration.Tests.Support;

/// <summary>How a process ended and what it wrote.</summary>
internal sealed record ChildResult(int ExitCode, string Output);
