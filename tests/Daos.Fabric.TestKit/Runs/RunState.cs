using System.Text.Json;

namespace Daos.Fabric.TestKit.Runs;

/// <summary>
/// What a long run has done so far, in a file that is replaced whole after every unit or second: a part that was killed is missing its last
/// second only, and nothing counts twice. One thread.
/// </summary>
internal sealed class RunState
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    private readonly string? _path;

    private RunState(string? path, Content content)
    {
        _path = path;
        Parts = content.Parts;
    }

    /// <summary>Every part so far, the oldest first.</summary>
    internal List<RunPart> Parts { get; }

    /// <summary>Units done in all parts.</summary>
    internal long Done => Parts.Count == 0 ? 0 : Parts[^1].To;

    /// <summary>What is kept under this name; empty at the first time, or without a directory.</summary>
    internal static RunState Load(string? directory, string name, ulong seed)
    {
        if (directory is null)
        {
            return new RunState(null, new Content(seed, []));
        }

        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, $"{name}.json");
        if (!File.Exists(path))
        {
            return new RunState(path, new Content(seed, []));
        }

        Content content = JsonSerializer.Deserialize<Content>(File.ReadAllText(path)) ?? throw new FormatException($"'{path}' is empty; remove it to begin anew");
        return content.Seed == seed ? new RunState(path, content)
            : throw new FormatException($"'{path}' is about base seed {content.Seed}, this run about {seed}; remove it to begin anew");
    }

    /// <summary>Makes what was done so far survive the process.</summary>
    internal void Save(ulong seed)
    {
        if (_path is not null)
        {
            string whole = _path + ".new";
            File.WriteAllText(whole, JsonSerializer.Serialize(new Content(seed, Parts), s_json));
            File.Move(whole, _path, overwrite: true);
        }
    }

    /// <summary>The sum over all parts.</summary>
    internal RunCounts Sum()
    {
        var sum = new RunCounts();
        foreach ((string name, long count) in Parts.SelectMany(part => part.Counts))
        {
            sum.Add(name, count);
        }

        return sum;
    }

    private sealed record Content(ulong Seed, List<RunPart> Parts);
}
