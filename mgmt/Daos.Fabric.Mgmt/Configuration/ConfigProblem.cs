namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Something about the file that its author should know.</summary>
/// <param name="Line">From 1; 0 when it is about the file as a whole.</param>
/// <param name="Column">From 1.</param>
/// <param name="IsError">False: it works, but perhaps not as meant.</param>
/// <param name="Sentence">What is wrong and what is allowed.</param>
internal sealed record ConfigProblem(int Line, int Column, bool IsError, string Sentence)
{
    /// <summary>As it is printed: file, line, column, sentence.</summary>
    internal string Format(string file)
    {
        string place = Line == 0 ? file : string.Create(CultureInfo.InvariantCulture, $"{file}:{Line}:{Column}");
        return $"{place}: {(IsError ? "" : "warning: ")}{Sentence}";
    }
}
