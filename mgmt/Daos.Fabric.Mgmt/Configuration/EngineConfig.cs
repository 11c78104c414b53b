namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>An engine as configured. Immutable.</summary>
internal sealed record EngineConfig
{
    /// <summary>Its place in the file, from 0.</summary>
    internal required int Index { get; init; }

    /// <summary>Independent stores.</summary>
    internal required int Targets { get; init; }

    /// <summary>Cores of this node, or null.</summary>
    internal int? NumaNode { get; init; }

    /// <summary>Cores from this one, or null.</summary>
    internal int? FirstCore { get; init; }

    /// <summary>As in <see cref="Configuration.Providers"/>: the primary one first.</summary>
    internal required IReadOnlyList<string> Providers { get; init; }

    /// <summary>Empty where no provider needs one.</summary>
    internal string Interface { get; init; } = "";

    /// <summary>The first port.</summary>
    internal required int Port { get; init; }

    /// <summary>Further modules.</summary>
    internal IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Empty: among daos_server's lines.</summary>
    internal string LogFile { get; init; } = "";

    /// <summary>NAME=VALUE.</summary>
    internal IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>Names of daos_server's variables that it gets besides the few that it always gets.</summary>
    internal IReadOnlyList<string> PassedVariables { get; init; } = [];

    /// <summary>Devices are set faulty by themselves.</summary>
    internal bool AutoFaulty { get; init; } = true;

    /// <summary>Failed reads and writes that make a device faulty.</summary>
    internal long MaxIoErrors { get; init; }

    /// <summary>Checksum errors that make a device faulty.</summary>
    internal long MaxChecksumErrors { get; init; }

    /// <summary>The first tier.</summary>
    internal required TierConfig Scm { get; init; }

    /// <summary>The others, at most three.</summary>
    internal IReadOnlyList<TierConfig> Tiers { get; init; } = [];

    /// <summary>How many ports each provider takes: the tags of targets and two more.</summary>
    internal int PortCount => Targets + 2;
}
