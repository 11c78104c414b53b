namespace Daos.Fabric.Engine.Devices;

/// <summary>The device table of one engine: DAOS's <c>SmdQueryResp.RankResp</c>. A copy; any thread may keep it.</summary>
/// <param name="Rank">The engine.</param>
/// <param name="Devices">In the order of tiers and first targets; empty when omitted.</param>
/// <param name="Pools">In the order of their UUIDs; empty when omitted.</param>
public sealed record SmdReport(Rank Rank, IReadOnlyList<DeviceInfo> Devices, IReadOnlyList<SmdPool> Pools);
