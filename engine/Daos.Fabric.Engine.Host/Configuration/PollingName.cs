namespace Daos.Fabric.Engine.Host.Configuration;

/// <summary>The polling policies as command line and file write them. Any thread.</summary>
internal static class PollingName
{
    internal const string All = "busy, adaptive or sleep";

    internal static PollingPolicy? Parse(string name) => name switch
    {
        "busy" => PollingPolicy.Busy,
        "adaptive" => PollingPolicy.Adaptive,
        "sleep" => PollingPolicy.Sleep,
        _ => null,
    };
}
