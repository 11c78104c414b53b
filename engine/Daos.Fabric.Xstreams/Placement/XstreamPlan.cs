namespace Daos.Fabric.Xstreams.Placement;

/// <summary>One xstream as the engine will start it.</summary>
/// <param name="Name">For logs and as the thread's name.</param>
/// <param name="Tags">The tags it serves: 0 system, 1 SWIM, 2 + i target i.</param>
/// <param name="PinCore">The core to pin to, or -1.</param>
/// <param name="SpinNs">How long it spins at most when idle before it blocks, adaptively; <see cref="long.MaxValue"/> polls for ever.</param>
public sealed record XstreamPlan(string Name, IReadOnlyList<int> Tags, int PinCore, long SpinNs);
