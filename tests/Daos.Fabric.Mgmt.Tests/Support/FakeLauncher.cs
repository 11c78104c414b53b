using System.Threading.Channels;
using Daos.Fabric.Mgmt.Engines;

namespace Daos.Fabric.Mgmt.Tests.Support;

/// <summary>Starts engines without processes and hands them to the test in order.</summary>
internal sealed class FakeLauncher : IEngineLauncher
{
    private readonly Channel<FakeProcess> _launched = Channel.CreateUnbounded<FakeProcess>();
    private int _last = 100;

    /// <summary>The newest.</summary>
    internal FakeProcess? Last { get; private set; }

    internal int Count => _last - 100;

    /// <summary>What the next launch fails with.</summary>
    internal string? Problem { get; set; }

    public IEngineProcess Launch(EngineLaunch launch)
    {
        if (Problem is { } problem)
        {
            Problem = null;
            throw new EngineLaunchException(problem);
        }

        var process = new FakeProcess(++_last, launch);
        Last = process;
        Assert.True(_launched.Writer.TryWrite(process));
        return process;
    }

    internal async Task<FakeProcess> NextAsync() => await _launched.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
}
