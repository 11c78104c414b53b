using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>
/// Reads YAML into nodes with their places, at bounded cost: the size of the file, the depth and the number of nodes are limited before anything is
/// kept, and anchors and aliases, by which a small file can mean a huge one, are refused. One thread.
/// </summary>
internal sealed class ConfigTreeReader
{
    private readonly ConfigProblems _problems;
    private readonly Parser _parser;
    private int _nodes;

    private ConfigTreeReader(string text, ConfigProblems problems)
    {
        _problems = problems;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>The map of the file, empty for an empty file; null when the file cannot be read as YAML, which is then told.</summary>
    internal static ConfigNode? Read(string text, ConfigProblems problems)
    {
        var reader = new ConfigTreeReader(text, problems);
        try
        {
            return reader.ReadStream();
        }
        catch (YamlException exception)
        {
            problems.Error((int)Math.Max(1, exception.Start.Line), (int)exception.Start.Column, $"this is no YAML: {ConfigText.Quote(exception.Message)}");
            return null;
        }
        catch (InvalidOperationException)
        {
            // The scanner's answer to some brackets that never close.
            Mark near = reader._parser.Current?.End ?? Mark.Empty;
            problems.Error((int)Math.Max(1, near.Line), (int)Math.Max(1, near.Column), "this is no YAML: it cannot be read from here on; is a bracket or a quote never closed?");
            return null;
        }
        catch (StructureException exception)
        {
            problems.Error(exception.Line, exception.Column, exception.Message);
            return null;
        }
    }

    private ConfigNode ReadStream()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            return Empty();
        }

        _parser.Consume<DocumentStart>();
        ConfigNode root = ReadNode(1);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out DocumentStart? second))
        {
            throw Wrong(second.Start, "the file holds a second document; put everything into one");
        }

        return root.IsAbsent ? Empty() : root;
    }

    private static ConfigNode Empty() => new() { Line = 1, Column = 1, Entries = [] };

    private ConfigNode ReadNode(int depth)
    {
        if (!_parser.Accept<ParsingEvent>(out ParsingEvent? next))
        {
            throw new StructureException(1, 1, "the file ends in the middle of a value");
        }

        if (++_nodes > Limits.ConfigNodesMax)
        {
            throw Wrong(next.Start, $"the file has more than {Limits.ConfigNodesMax} values; a configuration needs far fewer");
        }

        if (depth > Limits.ConfigDepthMax)
        {
            throw Wrong(next.Start, $"lists and maps stand more than {Limits.ConfigDepthMax} deep in each other");
        }

        if (next is AnchorAlias || (next is NodeEvent { Anchor.IsEmpty: false }))
        {
            throw Wrong(next.Start, "anchors and aliases (&name, *name) are not accepted; write the value out");
        }

        return next switch
        {
            Scalar => ReadScalar(),
            SequenceStart => ReadList(depth),
            MappingStart => ReadMap(depth),
            _ => throw Wrong(next.Start, "a value is expected here"),
        };
    }

    private ConfigNode ReadScalar()
    {
        Scalar scalar = _parser.Consume<Scalar>();
        return new ConfigNode
        {
            Line = (int)scalar.Start.Line,
            Column = (int)scalar.Start.Column,
            Text = scalar.Value,
            IsPlain = scalar.Style == ScalarStyle.Plain,
        };
    }

    private ConfigNode ReadList(int depth)
    {
        SequenceStart start = _parser.Consume<SequenceStart>();
        var list = new ConfigNode { Line = (int)start.Start.Line, Column = (int)start.Start.Column, Items = [] };
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            list.Items!.Add(ReadNode(depth + 1));
        }

        return list;
    }

    private ConfigNode ReadMap(int depth)
    {
        MappingStart start = _parser.Consume<MappingStart>();
        var map = new ConfigNode { Line = (int)start.Start.Line, Column = (int)start.Start.Column, Entries = [] };
        var seen = new Dictionary<string, ConfigNode>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            ConfigNode key = ReadNode(depth + 1);
            ConfigNode value = ReadNode(depth + 1);
            if (key.Text is null)
            {
                _problems.Error(key, "a key must be a plain word");
            }
            else if (!seen.TryAdd(key.Text, key))
            {
                ConfigNode first = seen[key.Text];
                _problems.Error(key, $"the key '{ConfigText.Quote(key.Text)}' stands here a second time; the first is at line {first.Line}; keep one");
            }
            else
            {
                map.Entries!.Add((key, value));
            }
        }

        return map;
    }

    private static StructureException Wrong(Mark at, string sentence) => new((int)at.Line, (int)at.Column, sentence);

    private sealed class StructureException(int line, int column, string sentence) : Exception(sentence)
    {
        internal int Line { get; } = line;

        internal int Column { get; } = column;
    }
}
