using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Tests.Operations;
using Daos.Fabric.Store.Tests.Scattered;

namespace Daos.Fabric.Store.Tests.Golden;

/// <summary>
/// Small stores of one format version, packed: the three files, and view.txt with everything that can be read of them. How each was left is
/// its name.
/// </summary>
internal static class GoldenImages
{
    private const string ViewName = "view.txt";
    private static readonly CallKeys s_scattered = CallKeys.Of("scattered", "a");

    /// <summary>
    /// Content alone or after every basic operation, closed or left as a killed process leaves it. All of them hold committed transactions,
    /// undecided ones, and a value scattered over several runs of blocks.
    /// </summary>
    internal static readonly string[] Kinds = ["clean", "killed", "worked-clean", "worked-killed"];

    /// <summary>Makes an image of each kind in a folder and names the files.</summary>
    internal static List<string> Write(string folder)
    {
        BasicOperation[] script = [.. BasicOperations.All.Where(operation => operation.Name is not ("read" or "list" or "close"))];
        return [.. Kinds.Select(kind => Write(
            folder,
            kind,
            kind.StartsWith("worked", StringComparison.Ordinal) ? script : [],
            closes: kind.EndsWith("clean", StringComparison.Ordinal)))];
    }

    /// <summary>The images of a kind in a folder, of any version.</summary>
    internal static string[] Find(string folder, string kind) => Directory.GetFiles(folder, $"v*-{kind}.zip")
        .Where(file => Path.GetFileNameWithoutExtension(file).Split('-', 2)[1] == kind).ToArray();

    /// <summary>Opens an image, compares, writes, closes, opens again and compares again.</summary>
    internal static void Check(string file)
    {
        using var real = new RealLoop();
        StoreOptions options = BasicOperations.Small(real.Options());
        string expected = Unpack(file, options.Path);
        for (int round = 0; round < 2; round++)
        {
            DerResult<StoreShard> opened = real.Run(() => StoreShard.OpenAsync(real.Loop, options));
            Assert.True(opened.IsSuccess, $"{file}: {opened.Code}: {options.Report.LastError}");
            Assert.Equal(expected, real.Run(() => ViewAsync(opened.Value)));
            Assert.Equal(DerCode.Success, real.Run(() => BasicOperations.ProbeAsync(opened.Value)));
            real.Run(opened.Value.CloseAsync);
        }
    }

    private static string Write(string folder, string name, BasicOperation[] script, bool closes)
    {
        using var real = new RealLoop();
        StoreOptions options = BasicOperations.Small(real.Options());
        DerResult<StoreShard> created = real.Run(() => StoreShard.CreateAsync(real.Loop, options));
        Assert.True(created.IsSuccess, options.Report.LastError);
        StoreShard shard = created.Value;
        real.Run(() => FillScatteredAsync(shard));
        real.Run(() => BasicOperations.FillAsync(shard));
        foreach (BasicOperation operation in script)
        {
            Assert.Equal(DerCode.Success, real.Run(() => operation.Run(shard)));
        }

        string view = real.Run(() => ViewAsync(shard));
        if (closes)
        {
            real.Run(shard.CloseAsync);
        }

        // Everything that was answered is stable: what a killed process leaves behind is what stands in the files now. The store has them
        // locked against other stores, which the framework's own copying would respect.
        string copy = options.Path + "-copy";
        using (Process cp = Process.Start("cp", ["-r", options.Path, copy]))
        {
            cp.WaitForExit();
            Assert.Equal(0, cp.ExitCode);
        }

        string file = Path.Combine(folder, $"v{SuperblockDf.VersionValue}-{name}.zip");
        Pack(copy, view, file);
        if (!closes)
        {
            real.Run(shard.CloseAsync);
        }

        return file;
    }

    // Before anything else, because it wants the data file full once: a value in several runs, which stays.
    private static async ValueTask<bool> FillScatteredAsync(StoreShard shard)
    {
        await Fragments.MakeAsync(shard, 3 * 4096);
        // Other bytes in each block, and yet small when packed.
        byte[] value = [.. Enumerable.Range(0, 90_000).Select(at => (byte)((at / 4096 * 31) + (at % 7)))];
        (DerCode code, _) = await new StoreCalls(shard, Fragments.Kept).PutAsync(s_scattered, value);
        Assert.Equal(DerCode.Success, code);
        Assert.Equal(1, shard.Statistics.ScatteredValues);
        return true;
    }

    private static async ValueTask<string> ViewAsync(StoreShard shard)
    {
        (DerCode code, byte[]? value) = await new StoreCalls(shard, Fragments.Kept).GetAsync(s_scattered);
        string shown = code.IsError || value is null ? code.ToString() : Convert.ToHexStringLower(SHA256.HashData(value));
        return $"{await BasicOperations.ViewAsync(shard)}scattered={shown}\n";
    }

    private static void Pack(string store, string view, string file)
    {
        File.Delete(file);
        using ZipArchive archive = ZipFile.Open(file, ZipArchiveMode.Create);
        foreach (string path in Directory.GetFiles(store).Order(StringComparer.Ordinal))
        {
            archive.CreateEntryFromFile(path, Path.GetFileName(path), CompressionLevel.SmallestSize);
        }

        using Stream text = archive.CreateEntry(ViewName).Open();
        text.Write(Encoding.UTF8.GetBytes(view));
    }

    /// <summary>What an image says that can be read of it.</summary>
    internal static string ViewOf(string file)
    {
        using ZipArchive archive = ZipFile.OpenRead(file);
        using var text = new StreamReader(archive.GetEntry(ViewName)!.Open());
        return text.ReadToEnd();
    }

    private static string Unpack(string file, string store)
    {
        ZipFile.ExtractToDirectory(file, store);
        string view = File.ReadAllText(Path.Combine(store, ViewName));
        File.Delete(Path.Combine(store, ViewName));
        return view;
    }
}
