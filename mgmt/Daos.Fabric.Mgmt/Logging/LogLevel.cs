namespace Daos.Fabric.Mgmt.Logging;

/// <summary>How much a line matters, in DAOS's words.</summary>
internal enum LogLevel
{
    /// <summary>Every step.</summary>
    Trace,

    /// <summary>For whoever looks for a fault.</summary>
    Debug,

    /// <summary>What happens.</summary>
    Info,

    /// <summary>What an administrator may want to know.</summary>
    Notice,

    /// <summary>What may become a problem.</summary>
    Warning,

    /// <summary>What is a problem.</summary>
    Error,

    /// <summary>As a bound: no line.</summary>
    Disabled,
}
