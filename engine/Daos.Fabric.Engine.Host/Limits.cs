namespace Daos.Fabric.Engine.Host;

/// <summary>Ranges that configuration is checked against.</summary>
internal static class Limits
{
    /// <summary>File descriptors that must be allowed, count: the runtime, one target and a hundred clients.</summary>
    internal const int DescriptorsMin = 256;

    /// <summary>Targets of one engine.</summary>
    internal const int TargetsMax = 126;

    /// <summary>The highest rank that is accepted: a group has at most so many members and one.</summary>
    internal const int RankMax = 65535;

    /// <summary>The highest place of an engine at its daos_server.</summary>
    internal const int InstancesMax = 255;

    /// <summary>The longest time of the failure detector in ms: ten minutes.</summary>
    internal const int SwimMsMax = 600_000;

    /// <summary>The highest core number that is accepted; whether the machine has it is the system's answer.</summary>
    internal const int CpuMax = 4095;

    /// <summary>The highest bound of a scrubber's speed in MiB per second: 1 TiB/s.</summary>
    internal const long ScrubMibsMax = 1024 * 1024;

    /// <summary>The largest configuration file in bytes.</summary>
    internal const long FileBytesMax = 1024 * 1024;
}
