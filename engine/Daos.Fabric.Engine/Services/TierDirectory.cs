using Daos.Fabric.Engine.Devices;

namespace Daos.Fabric.Engine.Services;

/// <summary>
/// A tier before anything on it is opened: an empty directory becomes one when the storage is formatted, and later it must bear the marks of its
/// roles, so that a file system that is not mounted, or two tiers that changed places, are noticed. Start-up only.
/// </summary>
internal sealed class TierDirectory
{
    private const string LockName = "engine.tier";
    private const int MarkBytes = 4096;

    private static readonly DeviceRoles[] s_roles = [DeviceRoles.Wal, DeviceRoles.Meta, DeviceRoles.Data];

    private readonly IReactorFiles _files;
    private readonly StorageTier _tier;
    private int _lock = -1;

    private TierDirectory(IReactorFiles files, StorageTier tier)
    {
        _files = files;
        _tier = tier;
    }

    /// <summary>Takes a tier for this engine. Throws <see cref="DaosException"/> with one sentence.</summary>
    /// <param name="files">The machine's files.</param>
    /// <param name="tier">With its roles.</param>
    /// <param name="isNew">The storage is being formatted.</param>
    /// <param name="wasBegun">An earlier formatting of it did not finish, or nothing in it is kept: marks that are there are ours.</param>
    /// <param name="isVolatile">What pools left there does not count.</param>
    internal static TierDirectory Open(IReactorFiles files, StorageTier tier, bool isNew, bool wasBegun, bool isVolatile)
    {
        var directory = new TierDirectory(files, tier);
        IReadOnlyList<string> names = directory.Look(isNew);
        bool isTier = names.Contains(LockName);
        if (isTier && isNew && !wasBegun)
        {
            throw directory.Failure(DerCode.DfInval, $"{tier.Path} is a tier of another storage; give an empty directory, or that storage");
        }

        if (!isTier && !isNew)
        {
            throw directory.Failure(DerCode.Nonexist, $"{tier.Path} has no mark of a tier of this storage; is its file system mounted?");
        }

        if (!isTier && names.Any(static n => n != "lost+found"))
        {
            throw directory.Failure(DerCode.DfInval, $"{tier.Path} is not empty and no tier of an engine; give an empty or new directory");
        }

        directory.TakeLock(isTier);
        try
        {
            directory.CheckOrMark(names, isNew, isVolatile);
        }
        catch
        {
            directory.Close();
            throw;
        }

        return directory;
    }

    /// <summary>Lets another engine use it.</summary>
    internal void Close()
    {
        if (_lock >= 0)
        {
            _files.Close(_lock);
            _lock = -1;
        }
    }

    private static string MarkOf(DeviceRoles role) => $"role-{role.ToString().ToLowerInvariant()}";

    private IReadOnlyList<string> Look(bool isNew)
    {
        PathKind kind = _files.KindOf(_tier.Path);
        if (kind is not (PathKind.Directory or PathKind.Nothing))
        {
            throw Failure(DerCode.NotDirectory, $"the tier {_tier.Path} is no directory; give where a file system is mounted, or name devices that targets share as bdev_list");
        }

        if (kind == PathKind.Nothing && isNew)
        {
            Require(_files.CreateDirectory(_tier.Path), "create");
        }

        DerResult<IReadOnlyList<string>> names = _files.List(_tier.Path);
        return names.IsSuccess ? names.Value : throw Failure(names.Code, $"the tier {_tier.Path} cannot be read");
    }

    private void TakeLock(bool isTier)
    {
        string path = $"{_tier.Path}/{LockName}";
        DerResult<int> file = isTier ? _files.Open(path, FileAccessMode.Buffered) : _files.Create(path, MarkBytes, FileAccessMode.Buffered);
        Require(file.Code, "write");
        DerCode code = _files.Lock(file.Value);
        if (code.IsError)
        {
            _files.Close(file.Value);
            throw Failure(code, $"another engine uses the tier {_tier.Path}; stop it first");
        }

        _lock = file.Value;
    }

    private void CheckOrMark(IReadOnlyList<string> names, bool isNew, bool isVolatile)
    {
        foreach (DeviceRoles role in s_roles)
        {
            bool isMarked = names.Contains(MarkOf(role));
            bool isWanted = (_tier.Roles & role) != 0;
            if (isMarked != isWanted && !isNew)
            {
                throw Failure(DerCode.Mismatch, $"{_tier.Path} was formatted {(isMarked ? "with" : "without")} the role {role.ToString().ToLowerInvariant()}; give the tiers the roles that they were formatted with");
            }

            if (isMarked != isWanted)
            {
                string path = $"{_tier.Path}/{MarkOf(role)}";
                Require(isWanted ? Mark(path) : _files.Delete(path), "mark");
            }
        }

        if (isNew && names.Contains("pools"))
        {
            Require(isVolatile ? _files.Delete($"{_tier.Path}/pools") : DerCode.DfInval, "empty");
        }
    }

    private DerCode Mark(string path)
    {
        DerResult<int> mark = _files.Create(path, MarkBytes, FileAccessMode.Buffered);
        if (mark.IsSuccess)
        {
            _files.Close(mark.Value);
        }

        return mark.Code;
    }

    private void Require(DerCode code, string verb)
    {
        if (code.IsError)
        {
            throw Failure(code, $"cannot {verb} the tier {_tier.Path}");
        }
    }

    private DaosException Failure(DerCode code, string sentence) => new(code, "start engine", _tier.Path, sentence);
}
