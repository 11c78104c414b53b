namespace Daos.Fabric.Architecture.Tests.Rules;

/// <summary>
/// Documentation that says nothing is worse than none. That every public member has one is the compiler's business (CS1591 is an error in
/// these projects); this rule reads the documentation files it wrote.
/// </summary>
internal static partial class DocumentationRule
{
    /// <summary>The projects whose public members are documented.</summary>
    public static readonly string[] Projects =
        ["Daos.Fabric.Core", "Daos.Fabric.Transport", "Daos.Fabric.Rpc", "Daos.Fabric.Protocol", "Daos.Fabric.Client"];

    public static IEnumerable<string> Find(string assembly, XDocument documentation)
    {
        foreach (XElement member in documentation.Descendants("member"))
        {
            // Generated code (regular expressions, imports) documents itself.
            string name = (string)member.Attribute("name")!;
            if (!name.Contains('<') && !name.Contains("Generated", StringComparison.Ordinal))
            {
                foreach (string problem in FindIn(member, name))
                {
                    yield return $"{assembly}: {name}: {problem}";
                }
            }
        }
    }

    private static IEnumerable<string> FindIn(XElement member, string name)
    {
        XElement? summary = member.Element("summary");
        XElement[] parameters = member.Elements().Where(e => e.Name.LocalName is "param" or "typeparam" or "returns").ToArray();
        foreach (XElement empty in parameters.Where(e => TextOf(e).Length == 0))
        {
            yield return $"<{empty.Name} {(string?)empty.Attribute("name")}> is empty";
        }

        if (summary is null)
        {
            // A constructor may be told by its parameters alone.
            if (member.Element("inheritdoc") is null && parameters.Length == 0)
            {
                yield return "has no summary";
            }

            yield break;
        }

        string text = TextOf(summary);
        if (text.Length == 0 || ShellPattern().IsMatch(text) || EchoesName(text, name))
        {
            yield return $"says nothing: \"{text}\"";
        }
    }

    private static bool EchoesName(string text, string member)
    {
        string name = member.Split('(')[0].Split('.', ':')[^1].Split('`')[0];
        string words = CamelPattern().Replace(name, " $1").Trim();
        return string.Equals(text.TrimEnd('.'), words, StringComparison.OrdinalIgnoreCase) && words.Contains(' ');
    }

    private static string TextOf(XElement element) =>
        SpacePattern().Replace(string.Concat(element.DescendantNodes().Select(TextOfNode)), " ").Trim();

    private static string TextOfNode(XNode node) => node switch
    {
        XText text => text.Value,
        XElement reference => (string?)reference.Attribute("cref") ?? (string?)reference.Attribute("name") ?? (string?)reference.Attribute("langword") ?? "",
        _ => "",
    };

    [GeneratedRegex(@"^(gets or sets|initiali[sz]es a new instance|(default )?constructor\b|destructor\b|entry\.?$|reuse\.?$|todo)", RegexOptions.IgnoreCase)]
    private static partial Regex ShellPattern();

    [GeneratedRegex("([A-Z])")]
    private static partial Regex CamelPattern();

    [GeneratedRegex(@"\s+")]
    private static partial Regex SpacePattern();
}
