using System.Runtime.Versioning;
using Daos.Fabric.Reactor.Uring;

namespace Daos.Fabric.Reactor.Tests.Conformance;

/// <summary>How a loop on io_uring is woken: by messages into its ring where the kernel has them, else by its eventfd.</summary>
[SupportedOSPlatform("linux")]
public sealed class UringWakeTests
{
    private const int Wakes = 20;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Wake_FromAnotherThread_TakesTheWayOfItsOptions(bool messages)
    {
        using var fixture = new RealFixture("uring", uring: new UringOptions { RingMessages = messages });
        fixture.Loop.RunTurn(0);
        WakeFromAnotherThread(fixture);
        var reactor = (UringReactor)fixture.Reactor;
        Assert.True(messages || !reactor.TakesMessages);
        Assert.Equal((Wakes, reactor.TakesMessages ? Wakes : 0), (reactor.Statistics.Wakes, reactor.Statistics.RingWakes));
    }

    [Fact]
    public void Wake_MoreThanTheRingHolds_NoneBreaksIt()
    {
        const int Many = 10_000;
        using var fixture = new RealFixture("uring");
        fixture.Loop.RunTurn(0);
        for (int i = 0; i < Many; i++)
        {
            fixture.Reactor.Wake();
        }

        fixture.For(5_000_000);
        WakeFromAnotherThread(fixture);
        Assert.Equal(Many + Wakes, fixture.Reactor.Statistics.Wakes);
    }

    private static void WakeFromAnotherThread(RealFixture fixture)
    {
        var item = new Count();
        for (int i = 1; i <= Wakes; i++)
        {
            // The turn blocks until the wake, and no time ends it.
            var thread = new Thread(() =>
            {
                item.Seen++;
                fixture.Reactor.Wake();
            });
            thread.Start();
            for (int turns = 0; Volatile.Read(ref item.Seen) < i; turns++)
            {
                Assert.True(turns < 1000);
                fixture.Loop.RunTurn(60_000_000_000);
            }

            thread.Join();
        }
    }

    private sealed class Count
    {
        internal int Seen;
    }
}
