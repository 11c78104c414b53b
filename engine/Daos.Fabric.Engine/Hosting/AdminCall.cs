namespace Daos.Fabric.Engine.Hosting;

/// <summary>Runs administrative work on an xstream for a foreign thread; DER_BUSY when too many calls wait or the xstream has ended.</summary>
internal static class AdminCall
{
    /// <summary>The work's code.</summary>
    internal static Task<DerCode> RunAsync(Xstream xstream, Func<ValueTask<DerCode>> work) =>
        ForeignCall.TryRun(xstream, work) ?? Task.FromResult(DerCode.Busy);

    /// <summary>The work's result.</summary>
    internal static Task<DerResult<T>> RunAsync<T>(Xstream xstream, Func<ValueTask<DerResult<T>>> work) =>
        ForeignCall.TryRun(xstream, work) ?? Task.FromResult<DerResult<T>>(DerCode.Busy);
}
