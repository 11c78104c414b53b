using System.ComponentModel;
using System.Diagnostics;
using Daos.Fabric.Mgmt.Logging;

namespace Daos.Fabric.Mgmt.Engines;

/// <summary>Starts <c>daos_engine</c> as a process. Any thread.</summary>
internal sealed class ProcessLauncher(string executable, ServerLog log) : IEngineLauncher
{
    /// <summary>The environment variable that names another executable.</summary>
    internal const string Variable = "DAOS_ENGINE";

    /// <summary>What is started: <c>DAOS_ENGINE</c>, or daos_engine next to daos_server; null when there is none.</summary>
    internal static string? Find()
    {
        string path = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "daos_engine");
        return File.Exists(path) ? path : null;
    }

    public IEngineProcess Launch(EngineLaunch launch)
    {
        TextWriter? file = null;
        try
        {
            File.WriteAllText(launch.ConfigPath, launch.ConfigText);
            file = launch.LogFile.Length > 0 ? OpenLog(launch.LogFile) : null;
            var start = new ProcessStartInfo(executable, ["--config", launch.ConfigPath]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment.Clear();
            foreach ((string name, string value) in launch.Environment)
            {
                start.Environment[name] = value;
            }

            return new EngineProcess(Process.Start(start)!, launch.Index, file, log);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Win32Exception)
        {
            file?.Dispose();
            throw new EngineLaunchException($"{executable} cannot be started: {exception.Message}");
        }
    }

    private static StreamWriter OpenLog(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
    }
}
