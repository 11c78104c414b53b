namespace Daos.Fabric.Mgmt;

/// <summary>How a run of <c>daos_server</c> ends; scripts rely on the numbers.</summary>
internal static class ExitCode
{
    /// <summary>Done, or ended by a signal.</summary>
    internal const int Done = 0;

    /// <summary>Could not be done; the sentence says what, why and what to do.</summary>
    internal const int Failed = 1;

    /// <summary>The command line is wrong; nothing was touched.</summary>
    internal const int Usage = 2;

    /// <summary>The configuration is wrong; every problem was told with its line, and nothing was touched.</summary>
    internal const int Configuration = 3;
}
