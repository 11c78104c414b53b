using Daos.Fabric.Mgmt.Engines;

namespace Daos.Fabric.Mgmt.Tests.Support;

/// <summary>An engine without a process: a test says when it serves and when it ends.</summary>
internal sealed class FakeProcess(int id, EngineLaunch launch) : IEngineProcess
{
    private readonly TaskCompletionSource<EngineReady?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<EngineExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Id { get; } = id;

    public Task<EngineReady?> Ready => _ready.Task;

    public Task<EngineExit> Exited => _exited.Task;

    internal EngineLaunch Launch { get; } = launch;

    /// <summary>It ends when it is asked to.</summary>
    internal bool Obeys { get; set; } = true;

    internal bool IsTerminated { get; private set; }

    internal void Serve() => _ready.SetResult(new EngineReady(uint.Parse(Launch.ConfigText, CultureInfo.InvariantCulture), ["unix:///x"]));

    internal void Exit(int code, string lastWords = "")
    {
        _ready.TrySetResult(null);
        _exited.TrySetResult(new EngineExit(code, lastWords));
    }

    public void Terminate()
    {
        IsTerminated = true;
        if (Obeys)
        {
            Exit(0);
        }
    }

    public void Kill() => Exit(137);
}
