using System.Runtime.Versioning;
using Daos.Fabric.Reactor.Tests.Native;

namespace Daos.Fabric.Reactor.Tests.Conformance;

/// <summary>Signals end system calls early; no reactor lets anybody notice.</summary>
[SupportedOSPlatform("linux")]
public sealed class InterruptTests
{
    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    [InlineData("portable")]
    public void Turns_UnderSignals_WaitAndEchoAsEver(string kind)
    {
        int handled = 0;
        using PosixSignalRegistration handler = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Interlocked.Increment(ref handled));
        var test = new Echo(kind);
        using var stop = new ManualResetEventSlim();
        nint self = Signals.pthread_self();
        var interrupter = new Thread(() =>
        {
            while (!stop.Wait(TimeSpan.FromMicroseconds(200)))
            {
                Assert.Equal(0, Signals.pthread_kill(self, Signals.SIGWINCH));
            }
        });
        interrupter.Start();
        try
        {
            test.Run(() => Volatile.Read(ref handled) > 0);
        }
        finally
        {
            stop.Set();
            interrupter.Join();
            test.Dispose();
        }
    }

    private sealed class Echo(string kind) : RealLoopConformance
    {
        internal override ReactorFixture Create() => new RealFixture(kind);

        internal void Run(Func<bool> wasInterrupted)
        {
            var echo = new SelfEcho(this);
            echo.RunRounds(1000);
            Fixture.For(30_000_000);
            Fixture.Until(wasInterrupted);
            echo.RunRounds(100);
            echo.Close();
        }
    }
}
