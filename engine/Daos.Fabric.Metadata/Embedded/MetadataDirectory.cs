namespace Daos.Fabric.Metadata.Embedded;

/// <summary>
/// The directory of an embedded store: taken for this process, and looked at before anything in it is opened. Refuses rather than touches
/// what it does not know. Start-up only; these calls block.
/// </summary>
internal sealed class MetadataDirectory
{
    private const string LockName = "metadata.lock";
    private const string FormattingName = "formatting";
    private const string StoreName = "store";
    private const int MarkBytes = 4096;

    private readonly IReactorFiles _files;
    private readonly string _root;
    private int _lock = -1;

    private MetadataDirectory(IReactorFiles files, string root)
    {
        _files = files;
        _root = root.TrimEnd('/');
    }

    /// <summary>Where the shard lies.</summary>
    internal string StorePath => $"{_root}/{StoreName}";

    /// <summary>True when the store has to be made.</summary>
    internal bool IsNew { get; private set; }

    /// <summary>Takes the directory. Throws <see cref="DaosException"/> with one sentence.</summary>
    internal static MetadataDirectory Open(IReactorFiles files, string root)
    {
        var directory = new MetadataDirectory(files, root);
        try
        {
            directory.Take();
            return directory;
        }
        catch
        {
            directory.Close();
            throw;
        }
    }

    /// <summary>The store is complete: from now on what it holds counts.</summary>
    internal void FinishFormatting() => Require(_files.Delete($"{_root}/{FormattingName}"), $"{_root}/{FormattingName} cannot be removed");

    /// <summary>Lets another process use the directory.</summary>
    internal void Close()
    {
        if (_lock >= 0)
        {
            _files.Close(_lock);
            _lock = -1;
        }
    }

    private void Take()
    {
        if (!_files.Exists(_root))
        {
            Require(_files.CreateDirectory(_root), $"{_root} cannot be made");
        }

        DerResult<IReadOnlyList<string>> names = _files.List(_root);
        Require(names.Code, $"{_root} cannot be read as a directory");
        if (!names.Value.Contains(LockName) && names.Value.Any(n => n != "lost+found"))
        {
            throw Failure(DerCode.DfInval, $"{_root} is not empty and holds no metadata store; give an empty or new directory");
        }

        TakeLock();
        IsNew = !names.Value.Contains(StoreName) || names.Value.Contains(FormattingName);
        if (!IsNew)
        {
            return;
        }

        // Until it has been made completely nothing in it was acknowledged.
        if (!names.Value.Contains(FormattingName))
        {
            DerResult<int> mark = _files.Create($"{_root}/{FormattingName}", MarkBytes, FileAccessMode.Buffered);
            Require(mark.Code, $"{_root}/{FormattingName} cannot be made");
            _files.Close(mark.Value);
        }

        foreach (string path in new[] { $"{StorePath}/meta", $"{StorePath}/log", $"{StorePath}/data" }.Where(_files.Exists))
        {
            Require(_files.Delete(path), $"{path} cannot be removed");
        }
    }

    private void TakeLock()
    {
        string path = $"{_root}/{LockName}";
        DerResult<int> file = _files.Exists(path)
            ? _files.Open(path, FileAccessMode.Buffered)
            : _files.Create(path, MarkBytes, FileAccessMode.Buffered);
        Require(file.Code, $"{path} cannot be opened for writing");
        _lock = file.Value;
        Require(_files.Lock(_lock), $"another process uses {_root}; stop it first");
    }

    private void Require(DerCode code, string sentence)
    {
        if (code.IsError)
        {
            throw Failure(code, sentence);
        }
    }

    private DaosException Failure(DerCode code, string sentence) => new(code, "open metadata", _root, sentence);
}
