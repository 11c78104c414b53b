namespace Daos.Fabric.Core.Tests.Threading;

public sealed class ForeignCallTests
{
    [Fact]
    public async Task TryRun_Work_RunsOnTheOwnerAndItsResultComesBack()
    {
        var owner = new TestOwner();
        Task<OwnerThread?>? call = ForeignCall.TryRun(owner, () => new ValueTask<OwnerThread?>(OwnerThread.Current));
        Assert.NotNull(call);
        Assert.False(call.IsCompleted);
        owner.RunAll();
        Assert.Same(owner, await call);
    }

    [Fact]
    public async Task TryRun_WorkThatWaits_EndsWhenItsWaitEnds()
    {
        var owner = new TestOwner();
        var gate = new TaskCompletionSource();
        Task<int>? call = ForeignCall.TryRun(owner, async () =>
        {
            await gate.Task;
            return 7;
        });
        owner.RunAll();
        Assert.False(call!.IsCompleted);
        using (owner.Enter())
        {
            gate.SetResult();
        }

        owner.RunAll();
        Assert.Equal(7, await call);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TryRun_WorkThatThrows_ThrowsAtTheCallerAndNowhereElse(bool atOnce)
    {
        var owner = new TestOwner();
        Task<int>? call = ForeignCall.TryRun<int>(owner, () => atOnce
            ? throw new InvalidDataException("broken")
            : new ValueTask<int>(Task.FromException<int>(new InvalidDataException("broken"))));
        owner.RunAll();
        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidDataException>(() => call!)).Message);
        Assert.Empty(owner.Unhandled);
    }

    [Fact]
    public void TryRun_FullInbox_IsRefusedAndNotRun()
    {
        var owner = new TestOwner();
        int ran = 0;
        int taken = 0;
        while (ForeignCall.TryRun(owner, () => new ValueTask<int>(++ran)) is not null)
        {
            taken++;
        }

        owner.RunAll();
        Assert.True(taken > 0);
        Assert.Equal(taken, ran);
    }

    [Fact]
    public void TryRun_OwnerThatEnded_IsRefused()
    {
        var owner = new TestOwner();
        owner.Stop();
        Assert.Null(ForeignCall.TryRun(owner, () => new ValueTask<int>(1)));
    }
}
