using Daos.Fabric.TestKit.Processes;

namespace Daos.Fabric.Store.Tests.Golden;

/// <summary>Every later version opens the stores of earlier ones and reads what they held; <c>LAYOUT.md</c> says how new images are made.</summary>
public sealed class GoldenTests : IDisposable
{
    private readonly string _fresh = Directory.CreateDirectory(
        Path.Combine(AppContext.BaseDirectory, $"golden-{Environment.ProcessId}-{Guid.NewGuid():N}")).FullName;

    private static string Kept => Path.Combine(EngineProcess.Repository, "tests", "Daos.Fabric.Store.Tests", "Golden");

    /// <summary>At least one of each kind, or nothing is proven.</summary>
    [Fact]
    public void KeptImages_OfThisAndEarlierVersions_OpenAndShowWhatTheyHeld()
    {
        string[] files = Directory.GetFiles(Kept, "*.zip");
        Assert.All(GoldenImages.Kinds, kind => Assert.NotEmpty(GoldenImages.Find(Kept, kind)));
        Assert.All(files, GoldenImages.Check);
        Assert.All(files, file => Assert.Contains("undecided with", GoldenImages.ViewOf(file), StringComparison.Ordinal));
        Assert.All(files, file => Assert.Contains("committed DER_SUCCESS", GoldenImages.ViewOf(file), StringComparison.Ordinal));
    }

    /// <summary>What makes images makes good ones. With DAOS_GOLDEN=write they stay.</summary>
    [Fact]
    public void FreshImages_AllKinds_OpenAndShowWhatTheyHeld()
    {
        string folder = Environment.GetEnvironmentVariable("DAOS_GOLDEN") == "write" ? Kept : _fresh;
        List<string> files = GoldenImages.Write(folder);
        Assert.Equal(GoldenImages.Kinds.Length, files.Count);
        Assert.All(files, GoldenImages.Check);
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1_000, 200_000));
    }

    public void Dispose() => Directory.Delete(_fresh, recursive: true);
}
