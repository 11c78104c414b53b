namespace Daos.Fabric.Mgmt.Engines;

/// <summary>How an engine's process ended.</summary>
/// <param name="Code">Its exit code; above 128 a signal.</param>
/// <param name="LastWords">The last line that it wrote; may be empty.</param>
internal sealed record EngineExit(int Code, string LastWords)
{
    /// <summary>daos_engine's code for a wrong command line or file: starting it again cannot help.</summary>
    internal const int Usage = 2;

    internal string Describe() => Code > 128
        ? string.Create(CultureInfo.InvariantCulture, $"it was ended by signal {Code - 128}{Said}")
        : string.Create(CultureInfo.InvariantCulture, $"it ended with {Code}{Said}");

    private string Said => LastWords.Length > 0 ? $": {LastWords}" : "";
}
