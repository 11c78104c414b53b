using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Hardware;
using Daos.Fabric.Mgmt.Storage;
using Daos.Fabric.Mgmt.Tests.Support;

namespace Daos.Fabric.Mgmt.Tests.Storage;

/// <summary>Formatting, finding again, and everything that is refused. Files are real, devices and mounts are not.</summary>
public sealed class EngineStorageTests : IDisposable
{
    private readonly Folder _folder = new();
    private readonly FakeHost _host;

    public EngineStorageTests() => _host = new FakeHost(_folder.Path);

    [Fact]
    public async Task Directory_IsFormatted_AndFoundAgain()
    {
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}");
        Assert.Null(await storage.OpenAsync(default));
        Superblock made = await FormatAsync(storage);
        Assert.Equal((1, "daos_server", 0u, 1), (made.Version, made.System, made.Rank, made.Targets));
        Superblock? found = await storage.OpenAsync(default);
        Assert.Equal(made.Uuid, found!.Uuid);
        Assert.Equal($"{_folder.Path}/a/data", storage.Layout.DataDirectory);
        Assert.True(Directory.Exists(storage.Layout.DataDirectory));
        Assert.Empty(_host.Done);
        storage.SetRank(found, 7);
        Assert.Equal(7u, (await storage.OpenAsync(default))!.Rank);
    }

    [Fact]
    public async Task FormattedStorage_IsProtected_AndErasedOnlyWhenForced()
    {
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}");
        Superblock first = await FormatAsync(storage);
        _folder.Write("a/data/pools/x", "precious");
        Assert.Equal($"engine 0 is formatted already ({_folder.Path}/a/superblock); --force erases it and all its pools. Nothing was changed", await RefusedAsync(storage));
        Assert.Equal("precious", await File.ReadAllTextAsync($"{_folder.Path}/a/data/pools/x", TestContext.Current.CancellationToken));
        Superblock second = await FormatAsync(storage, isForced: true);
        Assert.NotEqual(first.Uuid, second.Uuid);
        Assert.False(Directory.Exists($"{_folder.Path}/a/data/pools"));
    }

    [Fact]
    public async Task ForeignFiles_AreNeverRemoved()
    {
        _folder.Write("a/letter", "x");
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}");
        string expected = $"{_folder.Path}/a holds files that daos_server did not put there (letter); they are never removed, so empty it or give another directory. Nothing was changed";
        Assert.Equal(expected, await RefusedAsync(storage));
        Assert.Equal(expected, await RefusedAsync(storage, isForced: true));
        Assert.True(File.Exists($"{_folder.Path}/a/letter"));
        Assert.Contains("is a file, not a directory", await RefusedAsync(Of($"{{class: dir, scm_mount: {_folder.Path}/a/letter}}")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunningEngine_IsNotErasedUnderItself()
    {
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}");
        await FormatAsync(storage);
        using (var held = new FileStream($"{storage.Layout.DataDirectory}/engine.lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Contains("a running engine uses", await RefusedAsync(storage, isForced: true), StringComparison.Ordinal);
        }

        Assert.NotNull(await storage.OpenAsync(default));
        await FormatAsync(storage, isForced: true);
    }

    [Theory]
    [InlineData("""{"version":2}""", "has version 2, written by a newer daos_server; this one reads up to 1. Install that version again; nothing was changed")]
    [InlineData("""{"version":1,"uuid":"9b1e0f2c-0000-0000-0000-000000000001","system":"other","rank":0,"targets":1,"tiers":[]}""", "belongs to the system 'other', not to 'daos_server'; correct 'name' in the configuration, or give this engine other storage. Nothing was changed")]
    [InlineData("""{"version":1,"uuid":"x"}""", "is damaged (")]
    [InlineData("""{"uuid":"x"}""", "is damaged (it has no version)")]
    [InlineData("[]", "is damaged (it has no version)")]
    [InlineData("not json", "is damaged (")]
    [InlineData("", "is damaged (")]
    public async Task Superblock_ThatIsNewerForeignOrDamaged_IsRefused(string text, string expected)
    {
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}");
        await FormatAsync(storage);
        _folder.Write("a/superblock", text);
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => storage.OpenAsync(default));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Contains($"{_folder.Path}/a/superblock", refused.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync($"{_folder.Path}/a/superblock", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task MissingSuperblock_BesideData_IsNeverTakenForUnformatted()
    {
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}");
        await FormatAsync(storage);
        _folder.Write("a/data/engine.lock", "");
        File.Delete($"{_folder.Path}/a/superblock");
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => storage.OpenAsync(default));
        Assert.Contains("holds an engine's data, and its superblock", refused.Message, StringComparison.Ordinal);
        Assert.Contains("The data may be whole: restore that file from a copy", refused.Message, StringComparison.Ordinal);
        Assert.Contains("holds storage of an engine; --force erases it", await RefusedAsync(storage), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_ThatChangedSinceTheFormat_IsRefused()
    {
        string tier = $"{{class: dir, scm_mount: {_folder.Path}/a}}";
        await FormatAsync(Of(tier));
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => Of(tier, "targets: 4").OpenAsync(default));
        Assert.Equal("engine 0 was formatted with 1 targets and the configuration says 4; write targets: 1 again. Nothing was changed", refused.Message);
        refused = await Assert.ThrowsAsync<StorageException>(() => Of($"{tier}, {{class: dir, bdev_list: {_folder.Path}/b}}").OpenAsync(default));
        Assert.Contains("was formatted with the tiers (dir ", refused.Message, StringComparison.Ordinal);
        Directory.Delete($"{_folder.Path}/a/data");
        refused = await Assert.ThrowsAsync<StorageException>(() => Of(tier).OpenAsync(default));
        Assert.Contains("is missing; is its file system mounted?", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tiers_ThatWereExchangedOrAreMissing_AreNoticed()
    {
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}, {{class: dir, bdev_list: {_folder.Path}/b}}, {{class: dir, bdev_list: {_folder.Path}/c}}");
        await FormatAsync(storage);
        Assert.Equal([$"{_folder.Path}/b/data", $"{_folder.Path}/c/data"], storage.TierDirectories);
        Assert.NotNull(await storage.OpenAsync(default));
        Directory.Move($"{_folder.Path}/b", $"{_folder.Path}/x");
        Directory.Move($"{_folder.Path}/c", $"{_folder.Path}/b");
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => storage.OpenAsync(default));
        Assert.Contains("is the tier of another engine or another tier of this one; were two exchanged?", refused.Message, StringComparison.Ordinal);
        Directory.Move($"{_folder.Path}/b", $"{_folder.Path}/c");
        refused = await Assert.ThrowsAsync<StorageException>(() => storage.OpenAsync(default));
        Assert.Contains("holds no tier of engine 0", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Device_IsFormattedMountedAndFoundAfterARestart()
    {
        _host.Add(new BlockDevice { Path = "/dev/x", SizeBytes = 1 << 30 });
        _host.PciAddresses["0000:81:00.0"] = "/dev/n";
        _host.Add(new BlockDevice { Path = "/dev/n", SizeBytes = 1 << 30 });
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}, {{class: kdev, bdev_list: /dev/x}}, {{class: nvme, bdev_list: '0000:81:00.0'}}");
        Superblock made = await FormatAsync(storage);
        Assert.Contains("mkfs /dev/x daos_e0t1", _host.Done);
        Assert.Contains("mkfs /dev/n daos_e0t2", _host.Done);
        Assert.Equal([$"{_folder.Path}/a/mnt/tier1/data", $"{_folder.Path}/a/mnt/tier2/data"], storage.TierDirectories);
        Assert.All(storage.TierDirectories, static d => Assert.True(Directory.Exists(d)));
        await _host.RestartAsync();
        Assert.Equal(made.Uuid, (await storage.OpenAsync(default))!.Uuid);
        Assert.All(_host.Done, static d => Assert.StartsWith("mount ", d, StringComparison.Ordinal));
        await FormatAsync(storage, isForced: true);
    }

    [Fact]
    public async Task Device_WithSomethingElse_IsErasedOnlyWhenForced_AndNeverInUse()
    {
        _host.Add(new BlockDevice { Path = "/dev/x", SizeBytes = 1 << 30, Signature = "xfs file system" });
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}, {{class: kdev, bdev_list: /dev/x}}");
        Assert.Equal("/dev/x holds something else: xfs file system; --force erases it. Nothing was changed", await RefusedAsync(storage));
        Assert.Empty(_host.Done);
        Assert.False(Directory.Exists($"{_folder.Path}/a"));
        _host.Add(new BlockDevice { Path = "/dev/x", SizeBytes = 1 << 30, Signature = "xfs file system", Uses = ["mounted at /home"] });
        Assert.Equal("/dev/x is in use: mounted at /home; free it or give another device. --force does not help. Nothing was changed", await RefusedAsync(storage, isForced: true));
        _host.Add(new BlockDevice { Path = "/dev/x", SizeBytes = 1 << 30, Signature = "xfs file system" });
        await FormatAsync(storage, isForced: true);
    }

    [Fact]
    public async Task Device_OfAnotherEngine_IsProtected()
    {
        _host.Add(new BlockDevice { Path = "/dev/x", SizeBytes = 1 << 30, Signature = "ext4 file system 'daos_e3t1'", IsOurs = true });
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}, {{class: kdev, bdev_list: /dev/x}}");
        Assert.Equal("/dev/x holds storage of an engine (ext4 file system 'daos_e3t1'); --force erases it. Nothing was changed", await RefusedAsync(storage));
    }

    [Fact]
    public async Task Device_ThatIsMissingOrCannotBeMounted_IsToldWithWhatToDo()
    {
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}, {{class: kdev, bdev_list: /dev/x}}");
        Assert.Equal("there is no block device /dev/x; 'daos_server storage scan' lists what there is. Nothing was changed", await RefusedAsync(storage));
        EngineStorage nvme = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}, {{class: nvme, bdev_list: '0000:81:00.0'}}");
        Assert.StartsWith("there is no NVMe device with the kernel's driver at 0000:81:00.0;", await RefusedAsync(nvme), StringComparison.Ordinal);

        _host.Add(new BlockDevice { Path = "/dev/x", SizeBytes = 1 << 30 });
        _host.IsPrivileged = false;
        Assert.Equal("formatting and mounting /dev/x needs root; run daos_server as root, or use class dir. Nothing was changed", await RefusedAsync(storage));
        _host.IsPrivileged = true;
        _host.Failures["mkfs"] = "mkfs.ext4 ended with 1: no";
        Assert.Equal("/dev/x cannot be formatted: mkfs.ext4 ended with 1: no", await RefusedAsync(storage));
        Assert.Null(await storage.OpenAsync(default));
        _host.Failures["mount"] = "mount ended with 32: no";
        Assert.Equal("/dev/x cannot be mounted: mount ended with 32: no", await RefusedAsync(storage, isForced: true));
        await FormatAsync(storage, isForced: true);
    }

    [Fact]
    public async Task Dcpm_NeedsPersistentMemory()
    {
        _host.Add(new BlockDevice { Path = "/dev/x", SizeBytes = 1 << 30 });
        EngineStorage storage = Of($"{{class: dcpm, scm_mount: {_folder.Path}/a, scm_list: /dev/x}}");
        Assert.Equal("/dev/x cannot be mounted with DAX: it is no persistent memory; use class dir for the first tier, or ram. Nothing was changed", await RefusedAsync(storage, isForced: true));
        _host.Add(new BlockDevice { Path = "/dev/x", SizeBytes = 1 << 30, HasDax = true });
        await FormatAsync(storage);
        Assert.Equal("noatime,dax", _host.OptionsAt($"{_folder.Path}/a"));
        await _host.RestartAsync();
        Assert.NotNull(await storage.OpenAsync(default));
    }

    [Fact]
    public async Task File_GetsAFileSystem_OfItsSize()
    {
        string file = $"{_folder.Path}/f/device";
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}, {{class: file, bdev_list: {file}, bdev_size: 64MiB}}");
        await FormatAsync(storage);
        Assert.Equal(64 << 20, new FileInfo(file).Length);
        Assert.Equal("noatime,loop", _host.OptionsAt($"{_folder.Path}/a/mnt/tier1"));
        await _host.RestartAsync();
        Assert.NotNull(await storage.OpenAsync(default));
        await _host.RestartAsync();
        File.Delete($"{_folder.Path}/a/superblock");
        Directory.Delete($"{_folder.Path}/a/data", recursive: true);
        Assert.Contains($"{file} holds storage of an engine (ext4 file system 'daos_e0t1'); --force erases it", await RefusedAsync(storage), StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, "a letter", TestContext.Current.CancellationToken);
        Assert.Contains($"{file} exists and daos_server did not make it (data of unknown kind); --force erases it", await RefusedAsync(storage), StringComparison.Ordinal);
        EngineStorage huge = Of($"{{class: dir, scm_mount: {_folder.Path}/b}}, {{class: file, bdev_list: {_folder.Path}/f/huge, bdev_size: 1024TiB}}");
        Assert.Contains("there is no room for", await RefusedAsync(huge), StringComparison.Ordinal);
        EngineStorage folder = Of($"{{class: dir, scm_mount: {_folder.Path}/b}}, {{class: file, bdev_list: {_folder.Path}, bdev_size: 1GiB}}");
        Assert.Contains("cannot be a file: it is a directory", await RefusedAsync(folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RamDisk_IsMountedWithItsSize_AndEmptyAfterARestart()
    {
        EngineStorage storage = Of($"{{class: ram, scm_mount: {_folder.Path}/a, scm_size: 1GiB, scm_hugepages_disabled: false}}");
        Assert.Null(await storage.OpenAsync(default));
        await FormatAsync(storage);
        Assert.Equal("size=1024m,mode=0700,huge=always", _host.OptionsAt($"{_folder.Path}/a"));
        Assert.NotNull(await storage.OpenAsync(default));
        await FormatAsync(storage, isForced: true);
        await _host.RestartAsync();
        Assert.Null(await storage.OpenAsync(default));
    }

    [Fact]
    public async Task RamDisk_TakesHalfOfWhatIsThere_WhenMoreIsReserved()
    {
        EngineStorage storage = Of($"{{class: ram, scm_mount: {_folder.Path}/a}}");
        await FormatAsync(storage);
        Assert.Equal("size=4096m,mode=0700", _host.OptionsAt($"{_folder.Path}/a"));
        _host.MemoryAvailableBytes = 100 << 20;
        Assert.Contains("there is too little memory for the RAM disk", await RefusedAsync(Of($"{{class: ram, scm_mount: {_folder.Path}/b}}")), StringComparison.Ordinal);
        _host.IsPrivileged = false;
        _host.MemoryAvailableBytes = 8L << 30;
        Assert.Contains("needs root; run daos_server as root, mount a tmpfs there yourself, or use class dir", await RefusedAsync(Of($"{{class: ram, scm_mount: {_folder.Path}/b}}")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ControlMetadata_HoldsSuperblocks_AndItsDeviceIsFormattedOnce()
    {
        foreach (string name in (string[])["/dev/m", "/dev/x", "/dev/y"])
        {
            _host.Add(new BlockDevice { Path = name, SizeBytes = 1 << 30 });
        }

        ServerConfig config = Configs.Read($$"""
            provider: unix
            control_metadata: {path: {{_folder.Path}}/meta, device: /dev/m}
            engines:
            - storage: [{class: ram, scm_mount: {{_folder.Path}}/r0}, {class: kdev, bdev_list: /dev/x}]
            - storage: [{class: ram, scm_mount: {{_folder.Path}}/r1}, {class: kdev, bdev_list: /dev/y}]
            """);
        EngineStorage[] engines = [.. config.Engines.Select(e => new EngineStorage(config, e, _host))];
        Assert.Null(await engines[0].OpenAsync(default));
        await FormatAsync(engines[0]);
        Superblock second = await FormatAsync(engines[1]);
        Assert.Single(_host.Done, static d => d == "mkfs /dev/m daos_control");
        Assert.Equal($"{_folder.Path}/meta/daos_control/engine1/data", engines[1].Layout.DataDirectory);
        await _host.RestartAsync();
        Assert.NotNull(await engines[0].OpenAsync(default));
        Assert.Equal(second.Uuid, (await engines[1].OpenAsync(default))!.Uuid);
        await FormatAsync(engines[0], isForced: true);
        Assert.DoesNotContain("mkfs /dev/m daos_control", _host.Done);
        Assert.Equal(second.Uuid, (await engines[1].OpenAsync(default))!.Uuid);
        Assert.False(Directory.Exists($"{_folder.Path}/r0"));
    }

    [Fact]
    public async Task Machine_ItselfFormatsAFile_OrSaysWhyNot()
    {
        var host = new HostStorage(new CommandRunner(), new SystemRoots());
        string mount = $"{_folder.Path}/a/mnt/tier1";
        EngineStorage storage = Of($"{{class: dir, scm_mount: {_folder.Path}/a}}, {{class: file, bdev_list: {_folder.Path}/f, bdev_size: 64MiB}}", host: host);
        try
        {
            Superblock made = await FormatAsync(storage);
            Assert.Equal("ext4", host.MountedAt(mount));
            Assert.Null(await host.UnmountAsync(mount, default));
            Assert.Equal(made.Uuid, (await storage.OpenAsync(default))!.Uuid);
            Assert.Equal("ext4", host.MountedAt(mount));
        }
        catch (StorageException exception)
        {
            // No root, no tools or no loop devices: one of these sentences.
            Assert.Matches("needs root|cannot be formatted: mkfs.ext4|cannot be mounted: mount", exception.Message);
        }
        finally
        {
            if (host.MountedAt(mount) is not null)
            {
                Assert.Null(await host.UnmountAsync(mount, default));
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private EngineStorage Of(string tiers, string more = "targets: 1", IHostStorage? host = null)
    {
        ServerConfig config = Configs.Read($"provider: unix\nengines:\n- storage: [{tiers}]\n  {more}\n");
        return new EngineStorage(config, config.Engines[0], host ?? _host);
    }

    private static Task<Superblock> FormatAsync(EngineStorage storage, bool isForced = false) => storage.FormatAsync(isForced, 0, Guid.NewGuid(), TestContext.Current.CancellationToken);

    private static async Task<string> RefusedAsync(EngineStorage storage, bool isForced = false) => (await Assert.ThrowsAsync<StorageException>(() => FormatAsync(storage, isForced))).Message;
}
