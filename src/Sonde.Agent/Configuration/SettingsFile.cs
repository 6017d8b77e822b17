using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Sonde.Agent.Configuration;

/// <summary>Reads settings from YAML, event by event, so that every message can say the line and the column.</summary>
internal sealed class SettingsFile
{
    private readonly string _name;
    private readonly SettingValues _values;
    private readonly Parser _parser;
    private readonly HashSet<string> _seen = [];

    private SettingsFile(string name, TextReader text, SettingValues values)
    {
        _name = name;
        _values = values;
        _parser = new Parser(text);
    }

    /// <summary>Reads all settings of a file.</summary>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="text">Its content.</param>
    /// <param name="values">Gets the values.</param>
    /// <exception cref="SettingsException">The file is not YAML, a key is unknown or a value not allowed.</exception>
    public static void Read(string name, TextReader text, SettingValues values)
    {
        try
        {
            new SettingsFile(name, text, values).ReadDocument();
        }
        catch (YamlException exception)
        {
            throw new SettingsException(
                $"{name}:{exception.Start.Line}:{exception.Start.Column}: this is not YAML: {exception.Message.TrimEnd('.')}");
        }
        catch (InvalidOperationException)
        {
            // The reader's own answer to some texts; it names no place.
            throw new SettingsException($"{name}:1:1: this is not YAML");
        }
    }

    private void ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            return;
        }

        _parser.Consume<DocumentStart>();
        if (_parser.Accept<Scalar>(out var nothing) && nothing.Value.Length == 0)
        {
            _parser.MoveNext();
        }
        else if (_parser.Accept<MappingStart>(out _))
        {
            ReadMapping("");
        }
        else
        {
            throw Error(_parser.Current!, "settings are keys with values, such as 'tracing:'");
        }

        _parser.Consume<DocumentEnd>();
        if (!_parser.Accept<StreamEnd>(out _))
        {
            throw Error(_parser.Current!, "a settings file holds one document");
        }
    }

    private void ReadMapping(string prefix)
    {
        _parser.Consume<MappingStart>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var name))
            {
                throw Error(_parser.Current!, "a key must be a name");
            }

            string key = prefix + name.Value;
            if (!_seen.Add(key))
            {
                throw Error(name, $"'{key}' stands here for the second time");
            }

            ReadEntry(key, name);
        }
    }

    private void ReadEntry(string key, Scalar name)
    {
        Setting? setting = SettingCatalog.Find(key);
        bool isSection = SettingCatalog.All.Any(candidate => candidate.Key.StartsWith(key + ".", StringComparison.Ordinal));
        if (setting is null && !isSection)
        {
            IEnumerable<string> known = SettingCatalog.All.Select(row => row.Key);
            throw Error(name, $"unknown setting '{key}'{KeySuggestion.For(key, known.Concat(known.SelectMany(Sections)))}");
        }

        if (isSection)
        {
            if (_parser.Accept<MappingStart>(out _))
            {
                ReadMapping(key + ".");
            }
            else if (_parser.Accept<Scalar>(out var empty) && empty.Value.Length == 0)
            {
                _parser.MoveNext();
            }
            else
            {
                throw Error(_parser.Current!, $"'{key}' holds other settings: write them below it, indented");
            }

            return;
        }

        ParsingEvent place = _parser.Current!;
        _values.Set(setting!, ReadValue(key), Place(place));
    }

    private SettingText ReadValue(string key)
    {
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            return SettingText.Scalar(scalar.Value);
        }

        if (!_parser.TryConsume<SequenceStart>(out _))
        {
            throw Error(_parser.Current!, $"'{key}' must be a value or a list of values");
        }

        var items = new List<string>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(_parser.TryConsume<Scalar>(out var item)
                ? item.Value
                : throw Error(_parser.Current!, $"the items of '{key}' must be single values"));
        }

        return new SettingText(items, IsSequence: true);
    }

    private static IEnumerable<string> Sections(string key)
    {
        for (int dot = key.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = key.IndexOf('.', dot + 1))
        {
            yield return key[..dot];
        }
    }

    private SettingsException Error(ParsingEvent place, string message) => new($"{Place(place)}: {message}");

    private string Place(ParsingEvent place) => $"{_name}:{place.Start.Line}:{place.Start.Column}";
}
