using Daos.Fabric.Embedded;
using Daos.Fabric.Integration.Tests.Support;

namespace Daos.Fabric.Integration.Tests;

/// <summary>The embedded system on directories that it must refuse: one clear sentence in the exception, nothing damaged, and usable again.</summary>
public sealed class EmbeddedWrongPathTests : IDisposable
{
    private readonly Scratch _scratch = new();

    private string MetaFile => Path.Combine(_scratch.Storage, "system", "meta");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Start_ForeignFiles_IsRefusedAndLeftAlone()
    {
        Directory.CreateDirectory(_scratch.Storage);
        await File.WriteAllTextAsync(Path.Combine(_scratch.Storage, "letter.txt"), "dear", TestContext.Current.CancellationToken);

        await FailsAsync("is not empty");
        Assert.Equal("letter.txt", Path.GetFileName(Directory.GetFileSystemEntries(_scratch.Storage).Single()));
    }

    [Fact]
    public async Task Start_BelowAFile_IsRefused()
    {
        await File.WriteAllTextAsync(_scratch.Storage, "", TestContext.Current.CancellationToken);

        DaosException failed = await Assert.ThrowsAsync<DaosException>(async () => await DaosSystem.StartEmbeddedAsync($"{_scratch.Storage}/below"));
        Assert.Contains("below", failed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_Superblocks_CorruptOrNewer_AreRefusedAndNothingIsChanged(bool isNewer)
    {
        await using (await DaosSystem.StartEmbeddedAsync(_scratch.Storage))
        {
        }

        byte[] good = await File.ReadAllBytesAsync(MetaFile, TestContext.Current.CancellationToken);
        byte[] damaged = isNewer ? Superblocks.WithVersion(good, 99) : Superblocks.Corrupt(good);
        await File.WriteAllBytesAsync(MetaFile, damaged, TestContext.Current.CancellationToken);

        DaosException failed = await FailsAsync("");
        Assert.Equal(isNewer ? DerCode.DfIncompt : DerCode.DfInval, failed.Code);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(MetaFile, TestContext.Current.CancellationToken));

        // Nothing else was touched either: with its superblocks back the store opens.
        await File.WriteAllBytesAsync(MetaFile, good, TestContext.Current.CancellationToken);
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync(_scratch.Storage);
    }

    private async Task<DaosException> FailsAsync(string expected)
    {
        DaosException failed = await Assert.ThrowsAsync<DaosException>(async () => await DaosSystem.StartEmbeddedAsync(_scratch.Storage));
        Assert.Contains(expected, failed.Message, StringComparison.Ordinal);
        Assert.Contains(_scratch.Storage, failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failed.Message);
        return failed;
    }
}
