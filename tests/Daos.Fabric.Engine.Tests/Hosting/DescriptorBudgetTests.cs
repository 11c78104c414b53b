using Daos.Fabric.Xstreams.Placement;

namespace Daos.Fabric.Engine.Tests.Hosting;

/// <summary>How many connections and pools an engine may hold follows from the file descriptors that it is allowed.</summary>
public sealed class DescriptorBudgetTests
{
    private const int Unlimited = TransportOptions.ConnectionsMaxDefault;

    // Two xstreams with a target each: 128 descriptors and 30 for each target are kept, every context needs room for 8 connections.
    [Theory]
    [InlineData(null, "tcp", Unlimited)]
    [InlineData(1 << 20, "tcp", Unlimited)]
    [InlineData(1024, "tcp", (1024 - 188) / 2)]
    [InlineData(1024, "tcp unix", (1024 - 188) / 4)]
    [InlineData(1024, "tcp tcp", (1024 - 188) / 2)]
    [InlineData(1024, "shm", (1024 - 188) / 8)]
    [InlineData(1024, "tcp shm", (1024 - 188) / 16)]
    [InlineData(188 + 16, "tcp", 8)]
    public void PerContext_ByDescriptorsAndTransports_LeavesWhatTheEngineNeeds(int? descriptors, string schemes, int expected) =>
        Assert.Equal(expected, DescriptorBudget.PerContext(Options(descriptors, schemes), Plans()));

    [Fact]
    public void PerContext_TooFewDescriptors_SaysHowManyAreNeeded()
    {
        DaosException failure = Assert.Throws<DaosException>(() => DescriptorBudget.PerContext(Options(188 + 15, "tcp"), Plans()));

        Assert.Equal(DerCode.NoMemory, failure.Code);
        Assert.Contains("203 file descriptors are allowed and 204 are needed for 2 targets and 1 transports; raise 'ulimit -n'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 256)]
    [InlineData(1 << 20, 256)]
    [InlineData(1024, 10)]
    [InlineData(188 + 16, 10)]
    [InlineData(128 + 1024 + (2 * Unlimited), 170)]
    public void Pools_ByDescriptors_AreTenAtLeast(int? descriptors, int expected) =>
        Assert.Equal(expected, DescriptorBudget.Pools(Options(descriptors, "tcp"), Plans()));

    private static XstreamPlan[] Plans() => [new XstreamPlan("a", [0, 1, 2], -1, 0), new XstreamPlan("b", [3], -1, 0)];

    private static EngineOptions Options(int? descriptors, string schemes) => new()
    {
        Path = "/d",
        Listen = [.. schemes.Split(' ').Select((scheme, i) => TransportUri.Parse(Address(scheme, i)))],
        DescriptorsMax = descriptors,
    };

    private static string Address(string scheme, int i) => scheme switch
    {
        "tcp" => $"tcp://127.0.0.1:{10001 + i}",
        "unix" => "unix:///run/e.sock",
        _ => $"{scheme}://name",
    };
}
