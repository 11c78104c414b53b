namespace Daos.Fabric.Simulation.Tests.Faults;

/// <summary>Provokes one fault point and checks that the failure is handled. Returns the registry in which it fired.</summary>
internal delegate FaultRegistry FaultScenario();
