using System.Globalization;

namespace Daos.Fabric.Engine.Services;

/// <summary>
/// Looks at the storage directory before anything is opened: what it is, whether this engine may use it, and how many targets it was
/// formatted for. Refuses rather than touches what it does not know. Start-up only.
/// </summary>
internal sealed class StorageDirectory
{
    private const string LockName = "engine.lock";
    private const string VolatileName = "volatile";
    private const string TiersName = "tiers";
    private const int MarkBytes = 4096;

    private readonly IReactorFiles _files;
    private readonly EnginePaths _paths;
    private readonly bool _isVolatile;
    private readonly List<TierDirectory> _tiers = [];
    private int _lock = -1;

    private StorageDirectory(IReactorFiles files, EnginePaths paths, bool isVolatile)
    {
        _files = files;
        _paths = paths;
        _isVolatile = isVolatile;
    }

    /// <summary>True when the system store has to be made.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Number of targets.</summary>
    public int Targets { get; private set; }

    /// <summary>Takes the directory for this engine. Throws <see cref="DaosException"/> with one sentence.</summary>
    public static StorageDirectory Open(IReactorFiles files, EnginePaths paths, EngineOptions options)
    {
        var directory = new StorageDirectory(files, paths, options.Volatile);
        IReadOnlyList<string> names = directory.EnsureRoot();
        directory.CheckContents(names);
        directory.TakeLock(names);
        try
        {
            directory.Prepare(names, options.Targets);
        }
        catch
        {
            directory.Close();
            throw;
        }

        return directory;
    }

    /// <summary>The system store is complete: from now on its contents count.</summary>
    public void FinishFormatting() => Require(_files.Delete(_paths.FormattingMark), "remove", _paths.FormattingMark);

    /// <summary>Lets another engine use the directory.</summary>
    public void Close()
    {
        _tiers.ForEach(static t => t.Close());
        _tiers.Clear();
        if (_lock >= 0)
        {
            _files.Close(_lock);
            _lock = -1;
        }
    }

    private IReadOnlyList<string> EnsureRoot()
    {
        if (!_files.Exists(_paths.Root))
        {
            Require(_files.CreateDirectory(_paths.Root), "create", _paths.Root);
        }

        DerResult<IReadOnlyList<string>> names = _files.List(_paths.Root);
        return names.IsSuccess
            ? names.Value
            : throw Failure(names.Code, names.Code == DerCode.NotDirectory ? $"{_paths.Root} is not a directory" : $"{_paths.Root} cannot be read");
    }

    private void CheckContents(IReadOnlyList<string> names)
    {
        bool isOurs = names.Contains(LockName);
        if (!isOurs && names.Any(n => n != "lost+found"))
        {
            throw Failure(DerCode.DfInval, $"{_paths.Root} is not empty and was not formatted by daos_engine; give an empty or new directory");
        }

        if (isOurs && names.Contains("system") && names.Contains(VolatileName) != _isVolatile)
        {
            throw Failure(DerCode.Mismatch, _isVolatile
                ? $"{_paths.Root} holds durable data, which a volatile engine would lose; give it another directory"
                : $"{_paths.Root} was used by a volatile engine and holds nothing durable; empty it or give another directory");
        }
    }

    private void TakeLock(IReadOnlyList<string> names)
    {
        string path = $"{_paths.Root}/{LockName}";
        DerResult<int> file = names.Contains(LockName)
            ? _files.Open(path, FileAccessMode.Buffered)
            : _files.Create(path, MarkBytes, FileAccessMode.Buffered);
        if (!file.IsSuccess)
        {
            throw Failure(file.Code, $"{path} cannot be opened for writing");
        }

        DerCode code = _files.Lock(file.Value);
        if (code.IsError)
        {
            _files.Close(file.Value);
            throw Failure(code, $"another engine uses {_paths.Root}; stop it first");
        }

        _lock = file.Value;
    }

    private void Prepare(IReadOnlyList<string> names, int wantedTargets)
    {
        // Before the first format has finished nothing was acknowledged, and nothing of a volatile engine is ever kept.
        bool isUnfinished = names.Contains("formatting") || (names.Contains("system") && _isVolatile);
        if (isUnfinished && names.Contains("pools") && !_isVolatile)
        {
            throw Failure(DerCode.DfInval, $"{_paths.Root} has pools although its formatting never finished; nothing was changed");
        }

        IsNew = isUnfinished || !names.Contains("system");
        if (!IsNew && names.Contains(TiersName) != _paths.Tiers.Count > 0)
        {
            throw Failure(DerCode.Mismatch, $"{_paths.Root} was formatted {(names.Contains(TiersName) ? "with" : "without")} tiers of their own for its pools; give it those that it was formatted with");
        }

        if (!IsNew)
        {
            OpenTiers(wasBegun: false);
            Targets = CountTargets();
            if (wantedTargets != 0 && wantedTargets != Targets)
            {
                throw Failure(DerCode.Mismatch, $"{_paths.Root} was formatted for {Targets} targets, not {wantedTargets}; start it with {Targets}");
            }

            return;
        }

        Targets = Math.Max(1, wantedTargets);
        Lay(names);
    }

    private void OpenTiers(bool wasBegun)
    {
        foreach (Devices.StorageTier tier in _paths.Tiers.Where(static t => !t.IsShared))
        {
            _tiers.Add(TierDirectory.Open(_files, tier, IsNew, wasBegun, _isVolatile));
        }
    }

    private int CountTargets()
    {
        DerResult<IReadOnlyList<string>> targets = _files.List(_paths.Targets);
        return targets.IsSuccess && targets.Value.Count is > 0 and <= Limits.TargetsMax
            ? targets.Value.Count
            : throw Failure(targets.IsSuccess ? DerCode.DfInval : targets.Code, $"{_paths.Targets} does not list the targets that {_paths.Root} was formatted for");
    }

    private void Lay(IReadOnlyList<string> names)
    {
        if (!names.Contains("formatting"))
        {
            CreateMark(_paths.FormattingMark);
        }

        if (_isVolatile && !names.Contains(VolatileName))
        {
            CreateMark($"{_paths.Root}/{VolatileName}");
        }

        foreach (string leftover in (string[])["system", "targets", "pools"])
        {
            if (names.Contains(leftover))
            {
                Require(_files.Delete($"{_paths.Root}/{leftover}"), "remove", $"{_paths.Root}/{leftover}");
            }
        }

        if (_paths.Tiers.Count > 0 && !names.Contains(TiersName))
        {
            CreateMark($"{_paths.Root}/{TiersName}");
        }
        else if (_paths.Tiers.Count == 0 && names.Contains(TiersName))
        {
            Require(_files.Delete($"{_paths.Root}/{TiersName}"), "remove", $"{_paths.Root}/{TiersName}");
        }

        OpenTiers(wasBegun: names.Contains("formatting") || names.Contains("system"));
        for (int target = 0; target < Targets; target++)
        {
            string path = $"{_paths.Targets}/{target.ToString(CultureInfo.InvariantCulture)}";
            Require(_files.CreateDirectory(path), "create", path);
        }
    }

    private void CreateMark(string path)
    {
        DerResult<int> mark = _files.Create(path, MarkBytes, FileAccessMode.Buffered);
        Require(mark.Code, "create", path);
        _files.Close(mark.Value);
    }

    private void Require(DerCode code, string verb, string path)
    {
        if (code.IsError)
        {
            throw Failure(code, $"cannot {verb} {path}");
        }
    }

    private DaosException Failure(DerCode code, string sentence) => new(code, "start engine", _paths.Root, sentence);
}
