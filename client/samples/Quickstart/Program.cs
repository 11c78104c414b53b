using System.Diagnostics;
using Daos.Fabric.Engine;

namespace Daos.Fabric.Samples.Quickstart;

/// <summary>
/// Imports a directory tree into an embedded durable system, stops it, starts it again from disk, reads everything back and compares the
/// SHA-256 of every file.
/// </summary>
internal static class Program
{
    private const string Usage = """
        usage: daos_quickstart DIRECTORY

          DIRECTORY          the tree to import
          QUICKSTART_HOME    where the data goes (default: a temporary directory, removed at the end)
          QUICKSTART_SPOIL   a file of the tree of which one stored byte is changed after the import: to see the comparison fail

        exit 0 only if every byte came back; 1 on any mismatch or error; 2 on a usage error
        """;

    private const long MiB = 1024 * 1024;

    private static async Task<int> Main(string[] args)
    {
        if (args is ["--help"] or ["-h"])
        {
            Console.WriteLine(Usage);
            return 0;
        }

        if (args.Length != 1 || args[0].StartsWith('-'))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        try
        {
            return await RunAsync(args[0]);
        }
        catch (Exception exception) when (exception is DaosException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            await Console.Error.WriteLineAsync($"daos_quickstart: {exception.Message}");
            return 1;
        }
    }

    private static async Task<int> RunAsync(string source)
    {
        SourceTree tree = SourceTree.Read(source);
        string? home = Environment.GetEnvironmentVariable("QUICKSTART_HOME");
        bool isTemporary = string.IsNullOrEmpty(home);
        string directory = isTemporary ? Directory.CreateTempSubdirectory("daos-quickstart-").FullName : home!;
        try
        {
            Console.WriteLine($"{tree.Root}: {tree.Files.Count} files, {tree.TotalBytes / (double)MiB:f1} MiB{tree.SkippedText}");
            Console.WriteLine($"data in {directory}");
            return await RunAsync(tree, Path.Combine(directory, "quickstart"));
        }
        finally
        {
            if (isTemporary)
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static async Task<int> RunAsync(SourceTree tree, string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"'{path}' exists already: remove it, or set QUICKSTART_HOME to another directory");
        }

        var options = new EmbeddedOptions { Sizes = SizesFor(tree) };
        var clock = Stopwatch.StartNew();
        TimeSpan imported;
        await using (DaosSystem system = await DaosSystem.StartEmbeddedAsync(path, options))
        {
            DaosPool pool = await system.CreatePoolAsync("quickstart");
            DaosContainer container = await pool.CreateContainerAsync("files");
            Report.Line("started", $"{clock.Elapsed.TotalMilliseconds:f0} ms, empty store");
            clock.Restart();
            var importer = new Importer(system, container);
            await importer.RunAsync(tree);
            imported = clock.Elapsed;
            if (Environment.GetEnvironmentVariable("QUICKSTART_SPOIL") is { Length: > 0 } spoiled)
            {
                await importer.SpoilAsync(tree, spoiled);
            }

            clock.Restart();
        }

        TimeSpan stopped = clock.Elapsed;
        clock.Restart();
        await using (DaosSystem system = await DaosSystem.StartEmbeddedAsync(path))
        {
            TimeSpan recovered = clock.Elapsed;
            DaosPool pool = await system.ConnectPoolAsync("quickstart");
            DaosContainer container = await pool.OpenContainerAsync("files");
            clock.Restart();
            var verifier = new Verifier(system, container);
            await verifier.RunAsync(tree);
            Report.Table(tree, imported, stopped, recovered, clock.Elapsed);
            return Report.Outcome(tree, verifier);
        }
    }

    // Contents lie in blocks of 4 KiB; a tenth more is room for what is being written while something else is freed.
    private static ShardSizes SizesFor(SourceTree tree)
    {
        long blocks = tree.Files.Sum(static file => (file.LengthBytes + 8191) / 4096 * 4096);
        return new ShardSizes { DataBytes = Math.Max(256 * MiB, (blocks + (blocks / 10) + (64 * MiB)) / MiB * MiB) };
    }
}
