using Daos.Fabric.SelfTest.Options;

namespace Daos.Fabric.SelfTest.Running;

/// <summary>One line of the report. Immutable.</summary>
/// <param name="Master">Who made the calls; null for this process.</param>
/// <param name="Shape">What each call moved.</param>
/// <param name="InFlight">Calls under way.</param>
/// <param name="Result">The figures; null when the run could not be started or its master was lost.</param>
/// <param name="Error">Why there are none.</param>
internal sealed record Measurement(EndpointSpec? Master, SelfTestShape Shape, int InFlight, SelfTestResult? Result, string? Error)
{
    internal bool IsClean => Result is { All.IsClean: true };
}
