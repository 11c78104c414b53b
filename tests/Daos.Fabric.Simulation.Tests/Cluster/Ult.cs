namespace Daos.Fabric.Simulation.Tests.Cluster;

/// <summary>A ULT under way.</summary>
internal sealed class Ult
{
    private Exception? _failure;

    internal bool IsDone { get; private set; }

    internal void Await()
    {
        if (_failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask FollowAsync(Func<ValueTask> work)
    {
        try
        {
            await work();
        }
        catch (Exception exception)
        {
            _failure = exception;
        }

        IsDone = true;
    }
}
