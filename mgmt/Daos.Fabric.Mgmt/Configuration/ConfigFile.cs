using System.Text;

namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>A configuration file that was read: its values and what is wrong with it. Immutable.</summary>
internal sealed class ConfigFile
{
    /// <summary>Where daos_server looks without <c>--config-path</c>.</summary>
    internal const string StandardPath = "/etc/daos/daos_server.yml";

    private ConfigFile(string path, ConfigSection? values, ConfigProblems problems)
    {
        Path = path;
        Values = values;
        Problems = problems;
        Config = values is null || problems.HasErrors ? null : ConfigTyping.Server(values);
    }

    /// <summary>As it was named.</summary>
    internal string Path { get; }

    /// <summary>Null when it is no YAML.</summary>
    internal ConfigSection? Values { get; }

    /// <summary>Null when there are errors.</summary>
    internal ServerConfig? Config { get; }

    /// <summary>Errors and warnings.</summary>
    internal ConfigProblems Problems { get; }

    /// <summary>Reads a file; null with a sentence when it cannot be read at all.</summary>
    internal static ConfigFile? Load(string path, IReadOnlyList<ConfigOverride> overrides, out string? problem)
    {
        problem = null;
        try
        {
            using FileStream stream = File.OpenRead(path);
            var buffer = new byte[Limits.ConfigBytesMax + 1];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > Limits.ConfigBytesMax)
            {
                problem = $"{path} is larger than {Units.FormatSize(Limits.ConfigBytesMax)}; a configuration is a few KiB: is it the right file?";
                return null;
            }

            return Parse(path, new UTF8Encoding(false, true).GetString(buffer, 0, length).TrimStart((char)0xFEFF), overrides);
        }
        catch (DecoderFallbackException)
        {
            problem = $"{path} is not UTF-8 text: is it the right file?";
        }
        catch (FileNotFoundException)
        {
            problem = $"{path} does not exist; 'daos_server config generate --output {path}' writes one, --config-path names another";
        }
        catch (DirectoryNotFoundException)
        {
            problem = $"{path} does not exist; 'daos_server config generate --output {path}' writes one, --config-path names another";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = $"{path} cannot be read: {exception.Message}";
        }

        return null;
    }

    /// <summary>Reads the text of a file.</summary>
    internal static ConfigFile Parse(string path, string text, IReadOnlyList<ConfigOverride>? overrides = null)
    {
        var problems = new ConfigProblems();
        ConfigNode? root = ConfigTreeReader.Read(text, problems);
        if (root is null)
        {
            return new ConfigFile(path, null, problems);
        }

        ConfigSection values = new ConfigBinder(problems, overrides ?? []).Bind(root);
        new ConfigRules(values, problems).Check();
        return new ConfigFile(path, values, problems);
    }
}
