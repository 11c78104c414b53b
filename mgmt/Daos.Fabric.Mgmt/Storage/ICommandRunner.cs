namespace Daos.Fabric.Mgmt.Storage;

/// <summary>Runs the system's own tools. Any thread.</summary>
internal interface ICommandRunner
{
    /// <summary>Runs a program to its end: null, or what it said when it failed or is not installed.</summary>
    Task<string?> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation);
}
