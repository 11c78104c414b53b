namespace Daos.Fabric.Simulation.Tests.Faults;

/// <summary>
/// Every fault point of the product is provoked: the list comes from the code, so a point without a scenario, and one that a scenario does
/// not reach, fails. What each failure must look like to a caller stands in the scenarios.
/// </summary>
public sealed class FaultPointTests
{
    private static readonly Dictionary<FaultPoint, FaultScenario> s_scenarios = new()
    {
        [FaultPoint.RpcReplyDropped] = () => RpcScenarios.CallFails(FaultPoint.RpcReplyDropped, DerCode.TimedOut, atServer: true),
        [FaultPoint.RpcRequestDropped] = () => RpcScenarios.CallFails(FaultPoint.RpcRequestDropped, DerCode.TimedOut),
        [FaultPoint.RpcRequestDuplicated] = RpcScenarios.RequestTwice,
        [FaultPoint.RpcConnectionLost] = () => RpcScenarios.CallFails(FaultPoint.RpcConnectionLost, DerCode.Unreachable),
        [FaultPoint.RpcSlotsExhausted] = () => RpcScenarios.CallFails(FaultPoint.RpcSlotsExhausted, DerCode.OverloadRetry, atServer: true),
        [FaultPoint.RpcStagingExhausted] = () => RpcScenarios.CallFails(FaultPoint.RpcStagingExhausted, DerCode.OverloadRetry, atServer: true),
        [FaultPoint.RpcHandlerThrows] = RpcScenarios.HandlerThrows,
        [FaultPoint.RpcAddressUnknown] = RpcScenarios.AddressUnknown,
        [FaultPoint.RpcRegistrationRefused] = RpcScenarios.RegistrationRefused,
        [FaultPoint.CollectiveChildLost] = RpcScenarios.ChildLost,
        [FaultPoint.ConnectRefused] = () => RpcScenarios.CallFails(FaultPoint.ConnectRefused, DerCode.Unreachable),
        [FaultPoint.AcceptFailed] = () => RpcScenarios.CallFails(FaultPoint.AcceptFailed, DerCode.Unreachable, atServer: true),
        [FaultPoint.ReceiveMemoryShort] = RpcScenarios.MemoryShort,
        [FaultPoint.ReceiveReset] = () => RpcScenarios.OpenCallFails(FaultPoint.ReceiveReset),
        [FaultPoint.SendReset] = () => RpcScenarios.OpenCallFails(FaultPoint.SendReset),
        [FaultPoint.MessageCorrupted] = () => RpcScenarios.OpenCallFails(FaultPoint.MessageCorrupted),
        [FaultPoint.TransferRefused] = () => RpcScenarios.CallFails(FaultPoint.TransferRefused, DerCode.NoPerm),
        [FaultPoint.MediaFlushIgnored] = MediaScenarios.FlushIgnored,
        [FaultPoint.MediaWriteError] = () => MediaScenarios.WriteFails(FaultPoint.MediaWriteError, Errno.InputOutput),
        [FaultPoint.MediaNoSpace] = () => MediaScenarios.WriteFails(FaultPoint.MediaNoSpace, Errno.NoSpace),
        [FaultPoint.ObjectUpdateCorrupted] = () => ValueScenarios.ValueCorrupted(FaultPoint.ObjectUpdateCorrupted),
        [FaultPoint.ObjectFetchCorrupted] = () => ValueScenarios.ValueCorrupted(FaultPoint.ObjectFetchCorrupted),
        [FaultPoint.ProcessMemoryRefused] = SharedMemoryScenarios.ProcessMemoryRefused,
        [FaultPoint.FabricMemoryRefused] = () => OfiScenarios.Provoke(FaultPoint.FabricMemoryRefused, "ofi+tcp;ofi_rxm"),
        [FaultPoint.FabricCompletionFailed] = () => OfiScenarios.Provoke(FaultPoint.FabricCompletionFailed, "ofi+tcp;ofi_rxm"),
    };

    public static TheoryData<FaultPoint, string> FabricPoints => OfiScenarios.Points;

    public static TheoryData<FaultPoint> Points => [.. Enum.GetValues<FaultPoint>()];

    [Theory]
    [MemberData(nameof(Points))]
    [Trait("Id", "FAULTS")]
    public void Point_Provoked_IsHitAndHandled(FaultPoint point)
    {
        Assert.True(s_scenarios.TryGetValue(point, out FaultScenario? scenario), $"nothing provokes {point}: add it to the scenarios");
        FaultRegistry faults = scenario();
        Assert.True(faults.FiredOf(point) > 0, $"{point} was visited {faults.VisitsOf(point)} times and did not fire");
    }

    /// <summary>The points that the libfabric provider visits, each over both of its wires.</summary>
    [Theory]
    [MemberData(nameof(FabricPoints))]
    [Trait("Id", "FAULTS")]
    public void Point_ProvokedOverLibfabric_IsHitAndHandled(FaultPoint point, string scheme)
    {
        FaultRegistry faults = OfiScenarios.Provoke(point, scheme);
        Assert.True(faults.FiredOf(point) > 0, $"{point} was visited {faults.VisitsOf(point)} times and did not fire");
    }

    /// <summary>The oracle itself: a fault that changes nothing, and one that is never reached, must not pass.</summary>
    [Fact]
    public void Scenarios_OfAPointThatIsNotArmed_Fail()
    {
        Assert.ThrowsAny<Exception>(() => RpcScenarios.CallFails(FaultPoint.MediaNoSpace, DerCode.TimedOut));
        Assert.ThrowsAny<Exception>(() => RpcScenarios.OpenCallFails(FaultPoint.MediaNoSpace));
        Assert.ThrowsAny<Exception>(() => OfiScenarios.Provoke(FaultPoint.MediaNoSpace, "ofi+tcp;ofi_rxm"));
    }
}
