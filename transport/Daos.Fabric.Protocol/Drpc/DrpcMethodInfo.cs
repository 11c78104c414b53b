namespace Daos.Fabric.Protocol.Drpc;

/// <summary>A row of the table of methods. Immutable.</summary>
/// <param name="Module">Its module.</param>
/// <param name="Method">Its number.</param>
/// <param name="Name">DAOS's name.</param>
/// <param name="ServedBy">Who answers it.</param>
/// <param name="WaitsFor">What it waits for when nobody does.</param>
public sealed record DrpcMethodInfo(int Module, int Method, string Name, DrpcServedBy ServedBy, string WaitsFor);
