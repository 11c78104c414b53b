using Daos.Fabric.Metadata.Etcd;
using Daos.Fabric.Metadata.Tests.Conformance;
using Daos.Fabric.TestKit.Faults;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>etcd with one member, behind a proxy that resets its connections.</summary>
public sealed class EtcdConformanceTests(EtcdServer server) : MetadataConformance, IClassFixture<EtcdServer>
{
    private static int s_stores;

    protected override void Run(Func<MetadataFixture, Task> test)
    {
        EtcdServer.Require();
        Task.Run(() => RunAsync(test)).GetAwaiter().GetResult();
    }

    private async Task RunAsync(Func<MetadataFixture, Task> test)
    {
        await using FaultProxy proxy = FaultProxy.Start(TransportUri.Parse($"tcp://127.0.0.1:{server.Endpoint.Port}"), FaultPlan.None, seed: 1);
        await using IMetadataStore store = EtcdMetadataStore.Open(server.Options($"/test/{Interlocked.Increment(ref s_stores)}/") with
        {
            Endpoints = [new Uri($"http://{proxy.Address.Rest}")],
        });
        await test(new MetadataFixture(store, pauseMs => Task.Delay(TimeSpan.FromMilliseconds(pauseMs)), SystemClock.Instance)
        {
            LeaseTtlMs = 2_000,
            Disconnect = proxy.ResetAll,
        });
    }
}
