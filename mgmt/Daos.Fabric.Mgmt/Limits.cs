namespace Daos.Fabric.Mgmt;

/// <summary>Ranges that configuration is checked against, and bounds of what one request may cost.</summary>
internal static class Limits
{
    /// <summary>The largest configuration file in bytes.</summary>
    internal const int ConfigBytesMax = 1024 * 1024;

    /// <summary>Lists and maps in each other in a configuration file: the vocabulary needs seven.</summary>
    internal const int ConfigDepthMax = 16;

    /// <summary>Keys, values, lists and maps of a configuration file: a hundred times what eight engines need.</summary>
    internal const int ConfigNodesMax = 20_000;

    /// <summary>Problems of one file that are told; further ones are counted.</summary>
    internal const int ConfigProblemsMax = 40;

    /// <summary>The longest piece of a file that a message repeats, in characters.</summary>
    internal const int QuoteMax = 60;

    /// <summary>Engines of one host.</summary>
    internal const int EnginesMax = 16;

    /// <summary>Targets of one engine.</summary>
    internal const int TargetsMax = 126;

    /// <summary>Replicas of the management service: more only make each change slower.</summary>
    internal const int ReplicasMax = 9;

    /// <summary>The longest list of names in the configuration, in items.</summary>
    internal const int ListMax = 256;

    /// <summary>The highest core number and NUMA node that are accepted; whether the machine has it is the system's answer.</summary>
    internal const int CoreMax = 4095;

    /// <summary>The longest time in the configuration, in seconds: 30 days.</summary>
    internal const long SecondsMax = 30L * 24 * 3600;

    /// <summary>The largest size in the configuration, in bytes: 1 PiB.</summary>
    internal const long SizeBytesMax = 1L << 50;

    /// <summary>The smallest RAM disk in bytes: an engine's system tables and one small pool.</summary>
    internal const long ScmBytesMin = 64L << 20;

    /// <summary>The smallest emulated device in bytes: a file system and one small pool.</summary>
    internal const long DeviceBytesMin = 64L << 20;
}
