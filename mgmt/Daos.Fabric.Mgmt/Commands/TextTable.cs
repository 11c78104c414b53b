namespace Daos.Fabric.Mgmt.Commands;

/// <summary>Columns for people. One thread.</summary>
internal sealed class TextTable(params string[] head)
{
    private readonly List<string[]> _rows = [head];

    internal void Add(params string[] row) => _rows.Add(row);

    internal void Print(TextWriter people)
    {
        int[] widths = [.. Enumerable.Range(0, head.Length).Select(c => _rows.Max(r => r[c].Length))];
        foreach (string[] row in _rows)
        {
            people.WriteLine(string.Join("  ", row.Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd());
        }
    }
}
