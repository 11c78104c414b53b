using System.Formats.Tar;
using System.IO.Compression;

namespace Daos.Fabric.Mgmt.Tests.Support;

/// <summary>Reads support archives.</summary>
internal static class Archives
{
    internal static Dictionary<string, string> Read(string path)
    {
        using var zip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var tar = new TarReader(zip);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        while (tar.GetNextEntry(copyData: true) is { } entry)
        {
            using var reader = new StreamReader(entry.DataStream ?? Stream.Null);
            files[entry.Name] = reader.ReadToEnd();
        }

        return files;
    }
}
