using Daos.Fabric.Rpc.Swim;

namespace Daos.Fabric.Simulation.Tests.Swim;

/// <summary>A rank changed its mind about another one.</summary>
internal readonly record struct SwimChange(long AtNs, int Observer, int Subject, SwimStatus Status);
