using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Hardware;
using Daos.Fabric.Mgmt.Storage;

namespace Daos.Fabric.Mgmt.Support;

/// <summary>One archive with what helps to understand a host. Keys and passwords are taken out; of large logs the end is kept. One use.</summary>
internal sealed class SupportArchive(ConfigFile file, SystemRoots roots, string? serverState)
{
    private const int LogBytesMax = 16 * 1024 * 1024;

    private static readonly string[] s_kernelFiles =
        ["cpuinfo", "meminfo", "mounts", "swaps", "partitions", "diskstats", "filesystems", "version", "uptime", "loadavg", "net/dev", "net/tcp", "sys/kernel/core_pattern", "sys/fs/file-nr"];

    private readonly List<string> _entries = [];

    /// <summary>Writes it; it is whole or not there. The names inside.</summary>
    internal async Task<IReadOnlyList<string>> WriteAsync(string path, CancellationToken cancellation)
    {
        string next = path + ".part";
        try
        {
            var mode = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
            await using (var stream = new FileStream(next, mode))
            await using (var zip = new GZipStream(stream, CompressionLevel.Optimal))
            await using (var tar = new TarWriter(zip))
            {
                await WriteEntriesAsync(tar, cancellation).ConfigureAwait(false);
            }

            File.Move(next, path, overwrite: true);
            return _entries;
        }
        catch
        {
            File.Delete(next);
            throw;
        }
    }

    private async Task WriteEntriesAsync(TarWriter tar, CancellationToken cancellation)
    {
        await AddAsync(tar, "config/daos_server.yml", Secrets.Remove(ReadEnd(file.Path, Limits.ConfigBytesMax)), cancellation).ConfigureAwait(false);
        await AddAsync(tar, "config/problems.txt", string.Join('\n', file.Problems.Lines(file.Path)), cancellation).ConfigureAwait(false);
        if (file.Values is not null && file.Config is not null)
        {
            using var values = new StringWriter();
            EffectiveValues.Print([.. EffectiveValues.Of(file)], values);
            await AddAsync(tar, "config/effective.txt", Secrets.Remove(values.ToString()), cancellation).ConfigureAwait(false);
        }

        await AddAsync(tar, "server/state.json", serverState ?? "", cancellation).ConfigureAwait(false);
        foreach (string name in s_kernelFiles)
        {
            await AddAsync(tar, $"machine/{name.Replace('/', '_')}", ReadEnd($"{roots.Proc}/{name}", Limits.ConfigBytesMax), cancellation).ConfigureAwait(false);
        }

        await AddAsync(tar, "machine/devices.json", string.Join('\n', BlockDevices.Scan(roots).Select(static d => d.ToJson().ToJsonString())), cancellation).ConfigureAwait(false);
        await AddAsync(tar, "machine/interfaces.json", string.Join('\n', NetworkInterfaces.Scan(roots).Select(static i => i.ToJson().ToJsonString())), cancellation).ConfigureAwait(false);
        if (file.Config is { } config)
        {
            await AddServerAsync(tar, config, cancellation).ConfigureAwait(false);
        }
    }

    private async Task AddServerAsync(TarWriter tar, ServerConfig config, CancellationToken cancellation)
    {
        if (config.LogFile.Length > 0)
        {
            await AddAsync(tar, "log/daos_server.log", Secrets.Remove(ReadEnd(config.LogFile, LogBytesMax)), cancellation).ConfigureAwait(false);
        }

        var host = new HostStorage(new CommandRunner(), roots);
        foreach (EngineConfig engine in config.Engines)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"engine{engine.Index}");
            if (engine.LogFile.Length > 0)
            {
                await AddAsync(tar, $"log/{name}.log", Secrets.Remove(ReadEnd(engine.LogFile, LogBytesMax)), cancellation).ConfigureAwait(false);
            }

            await AddAsync(tar, $"server/{name}.superblock", ReadEnd(new StorageLayout(config, engine, host).SuperblockPath, Limits.ConfigBytesMax), cancellation).ConfigureAwait(false);
            await AddAsync(tar, $"server/{name}.yml", Secrets.Remove(ReadEnd(string.Create(CultureInfo.InvariantCulture, $"{config.SocketDirectory}/daos_engine.{engine.Index}.yml"), Limits.ConfigBytesMax)), cancellation).ConfigureAwait(false);
        }
    }

    private async Task AddAsync(TarWriter tar, string name, string text, CancellationToken cancellation)
    {
        using var data = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = data, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite }, cancellation).ConfigureAwait(false);
        _entries.Add(name);
    }

    // What cannot be read is said in its place: that is worth knowing too. Files of the kernel have no length, so they are read to their end.
    private static string ReadEnd(string path, int bytesMax)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > bytesMax)
            {
                stream.Seek(-bytesMax, SeekOrigin.End);
            }

            var buffer = new byte[bytesMax];
            int length = stream.ReadAtLeast(buffer, bytesMax, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(buffer, 0, length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"not collected: {exception.Message}\n";
        }
    }
}
