using Daos.Fabric.Store.Checking;

namespace Daos.Fabric.Store.Tests.Checking;

/// <summary>Inspects the store on a simulated disk on which nothing is open.</summary>
internal static class Inspector
{
    internal static CheckReport Inspect(StoreWorld world, IStoreVisitor? visitor = null) => world.Run(async () =>
    {
        var sentence = new StoreReport();
        DerResult<StoreInspection> opened = await StoreInspection.OpenAsync(world.Loop, "/store", sentence);
        Assert.True(opened.IsSuccess, sentence.LastError);
        using StoreInspection store = opened.Value;
        await store.WalkAsync(visitor, verifiesValues: true);
        return store.Report;
    });

    /// <summary>Neither damage nor a leaked block; a superblock or root that a power cut tore is no news.</summary>
    internal static void AssertSound(StoreWorld world, string what)
    {
        CheckReport report = Inspect(world);
        CheckFinding[] findings = report.Findings.Where(f => f.Severity == CheckSeverity.Damage || f.What.Contains("in use", StringComparison.Ordinal)).ToArray();
        Assert.True(findings.Length == 0, $"{what}:{Environment.NewLine}{string.Join(Environment.NewLine, findings.AsEnumerable())}");
    }
}
