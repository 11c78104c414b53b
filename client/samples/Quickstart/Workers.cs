namespace Daos.Fabric.Samples.Quickstart;

/// <summary>Runs a job for every file, a fixed number at once, each with a buffer of its own.</summary>
internal static class Workers
{
    private const int Count = 16;

    public static async Task RunAsync(IReadOnlyList<SourceFile> files, DaosSystem system, Func<SourceFile, DaosBuffer, Task> work)
    {
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => Task.Run(async () =>
        {
            using DaosBuffer buffer = system.RentBuffer(FileRecord.PieceBytes);
            for (int i = Interlocked.Increment(ref next); i < files.Count; i = Interlocked.Increment(ref next))
            {
                await work(files[i], buffer);
            }
        })));
    }
}
