using Microsoft.Extensions.Hosting;

namespace Daos.Fabric.Mgmt.Control;

/// <summary>Signals belong to <see cref="ServerProcess"/>, not to the web host.</summary>
internal sealed class SilentLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
