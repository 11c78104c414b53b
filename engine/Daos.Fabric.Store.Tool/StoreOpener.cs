using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Tool;

/// <summary>Opens the store that a command names, or says in one sentence why not and what to do.</summary>
internal static class StoreOpener
{
    private const int NearbyMax = 8;
    private const int NearbyDepthMax = 3;

    /// <summary>The inspection, or null after the sentence was printed and <paramref name="exitCode"/> says how to end.</summary>
    internal static StoreInspection? Open(ToolLoop loop, string path, RolePaths roles, TextWriter errors, out int exitCode)
    {
        var sentence = new StoreReport();
        DerResult<StoreInspection> opened = loop.Run(() => StoreInspection.OpenAsync(loop.Loop, path, sentence, roles));
        exitCode = opened.IsSuccess ? ExitCode.Sound : CodeOf(opened.Code);
        if (opened.IsSuccess)
        {
            return opened.Value;
        }

        errors.WriteLine($"dstore: {sentence.LastError}");
        if (opened.Code == DerCode.Nonexist)
        {
            var near = new List<string>();
            FindNearby(loop.Loop.Reactor.Files, path, NearbyDepthMax, near);
            errors.WriteLine(near.Count == 0
                ? "dstore: A store is the directory that holds the files meta, log and data; an engine has one for each pool and target."
                : $"dstore: Stores below it: {string.Join(", ", near)}");
        }

        return null;
    }

    private static int CodeOf(DerCode code) =>
        code == DerCode.DfInval ? ExitCode.Damaged : ExitCode.Unavailable;

    private static void FindNearby(IReactorFiles files, string directory, int depth, List<string> found)
    {
        DerResult<IReadOnlyList<string>> names = depth > 0 ? files.List(directory) : DerCode.Nonexist;
        if (!names.IsSuccess)
        {
            return;
        }

        foreach (string name in names.Value)
        {
            string path = $"{directory.TrimEnd('/')}/{name}";
            if (found.Count < NearbyMax && files.Exists($"{path}/meta"))
            {
                found.Add(path);
            }
            else if (found.Count < NearbyMax)
            {
                FindNearby(files, path, depth - 1, found);
            }
        }
    }
}
