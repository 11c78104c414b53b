using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Store.Tool;

/// <summary>Opens the store that a command names, or says in one sentence why not and what to do. Keeps its devices open.</summary>
internal sealed class StoreOpener(ToolLoop loop, TextWriter errors) : IDisposable
{
    private const int NearbyMax = 8;
    private const int NearbyDepthMax = 3;

    private readonly List<BlobDevice> _devices = [];

    /// <summary>The inspection, or null after the sentence was printed and <paramref name="exitCode"/> says how to end.</summary>
    internal StoreInspection? Open(StorePlace place, out int exitCode)
    {
        exitCode = ExitCode.Usage;
        if (place.Devices.Count == 0 && place.Path.Length == 0)
        {
            errors.WriteLine("dstore: Which store? Give its directory, or the devices that it lies on with --device, --pool and --target.");
            return null;
        }

        var sentence = new StoreReport();
        if (!TryFindBlobs(place, sentence, out RoleBlobs? blobs, ref exitCode))
        {
            errors.WriteLine($"dstore: {sentence.LastError}");
            return null;
        }

        DerResult<StoreInspection> opened = loop.Run(() => StoreInspection.OpenAsync(loop.Loop, place.Path, sentence, place.Roles, blobs));
        exitCode = opened.IsSuccess ? ExitCode.Sound : CodeOf(opened.Code);
        if (opened.IsSuccess)
        {
            return opened.Value;
        }

        errors.WriteLine($"dstore: {sentence.LastError}");
        if (opened.Code == DerCode.Nonexist)
        {
            var near = new List<string>();
            FindNearby(loop.Loop.Reactor.Files, place.Path, NearbyDepthMax, near);
            errors.WriteLine(near.Count == 0
                ? "dstore: A store is the directory that holds the files meta, log and data; an engine has one for each pool and target."
                : $"dstore: Stores below it: {string.Join(", ", near)}");
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _devices.ForEach(static d => d.Close());

    private bool TryFindBlobs(StorePlace place, StoreReport sentence, out RoleBlobs? blobs, ref int exitCode)
    {
        blobs = null;
        foreach (string path in place.Devices)
        {
            DerResult<BlobDevice> device = loop.Run(
                () => BlobDevice.OpenAsync(loop.Loop, new DeviceOpenOptions { Path = path, IsReadOnly = true, Report = sentence }));
            if (!device.IsSuccess)
            {
                exitCode = CodeOf(device.Code);
                return false;
            }

            _devices.Add(device.Value);
        }

        DeviceBlob[] found = [.. _devices.SelectMany(static d => d.Blobs).Where(b => b.Tag.Pool == place.Pool && b.Tag.Target == place.Target)];
        if (_devices.Count > 0 && found.Length == 0)
        {
            exitCode = ExitCode.Unavailable;
            sentence.Fail(DerCode.Nonexist, $"No blob of pool {place.Pool} on target {place.Target} is on {string.Join(", ", place.Devices)}; 'dstore device' shows what is.");
            return false;
        }

        blobs = _devices.Count > 0 ? RoleBlobs.Of(found) : null;
        return true;
    }

    internal static int CodeOf(DerCode code) =>
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
