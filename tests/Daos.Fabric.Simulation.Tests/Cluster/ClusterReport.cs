namespace Daos.Fabric.Simulation.Tests.Cluster;

/// <summary>What a run did.</summary>
internal sealed record ClusterReport(
    ulong Seed,
    ulong Hash,
    long Events,
    int Crashes,
    int Cuts,
    int Acknowledged,
    int Unknown,
    int ReadsChecked,
    long Resends,
    long Lost,
    long Doubled,
    long Overtaken,
    long DeathsNoticed,
    long PoolItems);
