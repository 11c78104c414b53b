namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>What is wrong with a file: all of it, up to a bound. One thread.</summary>
internal sealed class ConfigProblems
{
    private readonly List<ConfigProblem> _all = [];
    private int _untold;

    /// <summary>True when the file cannot be used.</summary>
    internal bool HasErrors { get; private set; }

    /// <summary>In the file's order.</summary>
    internal IReadOnlyList<ConfigProblem> All => [.. _all.OrderBy(p => p.Line).ThenBy(p => p.Column)];

    internal void Error(ConfigNode node, string sentence) => Add(new ConfigProblem(node.Line, node.Column, true, sentence));

    internal void Error(int line, int column, string sentence) => Add(new ConfigProblem(line, column, true, sentence));

    internal void Warn(ConfigNode node, string sentence) => Add(new ConfigProblem(node.Line, node.Column, false, sentence));

    /// <summary>One line each.</summary>
    internal IEnumerable<string> Lines(string file) =>
        All.Select(p => p.Format(file)).Concat(_untold > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{file}: and {_untold} more problems")] : []);

    private void Add(ConfigProblem problem)
    {
        HasErrors |= problem.IsError;
        if (_all.Count < Limits.ConfigProblemsMax)
        {
            _all.Add(problem);
        }
        else
        {
            _untold++;
        }
    }
}
