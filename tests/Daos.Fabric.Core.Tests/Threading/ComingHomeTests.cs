namespace Daos.Fabric.Core.Tests.Threading;

/// <summary>A method that a foreign thread resumes while its owner's inbox is full: it waits for room, and no longer than the owner lives.</summary>
public sealed class ComingHomeTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly TestOwner _owner = new();
    private readonly TaskCompletionSource _foreign = new();
    private OwnerThread? _resumedOn;

    [Fact]
    public void Resumed_WithAFullInbox_GoesOnAtHomeOnceThereIsRoom()
    {
        Thread resumer = SuspendAndResumeElsewhere();
        _owner.RunAll();
        Assert.True(resumer.Join(s_limit), "the resumer did not find room");
        _owner.RunAll();
        Assert.Same(_owner, _resumedOn);
    }

    [Fact]
    public void Resumed_WithAFullInboxOfAnOwnerThatEnded_IsGivenUp()
    {
        Thread resumer = SuspendAndResumeElsewhere();
        _owner.Stop();
        Assert.True(resumer.Join(s_limit), "the resumer waits for an owner thread that is gone");
        Assert.Null(_resumedOn);
    }

    private Thread SuspendAndResumeElsewhere()
    {
        using (_owner.Enter())
        {
            _owner.Spawn(WaitAsync());
        }

        while (_owner.TryPost(new Filler()))
        {
        }

        var resumer = new Thread(_foreign.SetResult) { IsBackground = true };
        resumer.Start();
        return resumer;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask WaitAsync()
    {
        await _foreign.Task.ConfigureAwait(false);
        _resumedOn = OwnerThread.Current;
    }

    private sealed class Filler : WorkItem
    {
        protected internal override void Execute()
        {
        }
    }
}
