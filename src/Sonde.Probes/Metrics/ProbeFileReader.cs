using System.Globalization;
using Sonde.Probes.Metrics.Decoders;
using Sonde.Telemetry.Metrics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Sonde.Probes.Metrics;

/// <summary>Reads a probe's file, event by event, so that every message can say the line and the column.</summary>
internal sealed class ProbeFileReader
{
    private readonly string _path;
    private readonly string[] _lines;
    private readonly Parser _parser;

    private ProbeFileReader(string path, string text)
    {
        _path = path;
        _lines = text.Split('\n');
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its name, for messages; without folder and <c>.yaml</c> it is the probe's name.</param>
    /// <param name="text">Its content.</param>
    /// <exception cref="ProbeFileException">It is no YAML, or not a probe.</exception>
    public static ProbeFile Read(string path, string text)
    {
        try
        {
            return new ProbeFileReader(path, text).ReadDocument();
        }
        catch (YamlException exception)
        {
            throw new ProbeFileException(
                $"{path}:{exception.Start.Line}:{exception.Start.Column}: this is not YAML: {exception.Message.TrimEnd('.')}", exception);
        }
        catch (InvalidOperationException exception)
        {
            // The reader's own answer to some texts; it names no place.
            throw new ProbeFileException($"{path}:1:1: this is not YAML", exception);
        }
    }

    private ProbeFile ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            throw Error(_parser.Current!, "the file is empty; a probe has 'description', 'program' and 'metrics'");
        }

        _parser.Consume<DocumentStart>();
        ParsingEvent start = _parser.Current!;
        string? description = null;
        bool isEnabled = true;
        List<ProgramText> programs = [];
        List<MapMetric> metrics = [];
        ReadMapping("a probe", ["description", "enabled", "program", "metrics"], (key, _) =>
        {
            switch (key)
            {
                case "description":
                    description = ReadText(key);
                    break;
                case "enabled":
                    isEnabled = ReadSwitch(key);
                    break;
                case "program":
                    ReadItems(() => programs.Add(ReadProgram()));
                    break;
                default:
                    ReadItems(() => metrics.Add(ReadMetric()));
                    break;
            }
        });
        _parser.Consume<DocumentEnd>();
        if (!_parser.Accept<StreamEnd>(out _))
        {
            throw Error(_parser.Current!, "a probe's file holds one document");
        }

        return new ProbeFile
        {
            Name = Path.GetFileNameWithoutExtension(_path),
            Path = _path,
            Description = description ?? throw Missing(start, "description"),
            IsEnabled = isEnabled,
            Programs = programs.Count > 0 ? programs : throw Missing(start, "program"),
            Metrics = metrics.Count > 0 ? metrics : throw Missing(start, "metrics"),
        };
    }

    private ProgramText ReadProgram()
    {
        if (!_parser.TryConsume<Scalar>(out var scalar))
        {
            throw Error(_parser.Current!, "'program' is a text: write 'program: |' and the program below it, indented");
        }

        int line = (int)scalar.Start.Line, column = (int)scalar.Start.Column;
        if (scalar.Style is not (ScalarStyle.Literal or ScalarStyle.Folded))
        {
            return new ProgramText(scalar.Value, line, column + (scalar.Style == ScalarStyle.Plain ? 0 : 1));
        }

        // The text begins below the '|'; its first line tells by how much all are indented.
        string first = scalar.Value.Split('\n').First(text => text.Trim().Length > 0 || text == scalar.Value);
        int indent = line < _lines.Length ? _lines.Skip(line).FirstOrDefault(text => text.Trim().Length > 0, "").IndexOf(first.TrimEnd(), StringComparison.Ordinal) : 0;
        return new ProgramText(scalar.Value, line + 1, Math.Max(0, indent) + 1);
    }

    private MapMetric ReadMetric()
    {
        ParsingEvent start = _parser.Current!;
        var texts = new Dictionary<string, string>();
        InstrumentKind? instrument = null;
        (long, long)? range = null;
        List<KeyAttribute> attributes = [];
        ReadMapping("a metric", ["map", "name", "unit", "counted_in", "description", "instrument", "range", "attributes"], (key, place) =>
        {
            switch (key)
            {
                case "instrument":
                    instrument = ReadInstrument(place);
                    break;
                case "range":
                    range = ReadRange(place);
                    break;
                case "attributes":
                    ReadItems(() => attributes.Add(ReadAttribute()));
                    break;
                default:
                    texts.Add(key, ReadText(key));
                    break;
            }
        });
        string Text(string key) => texts.GetValueOrDefault(key) ?? throw Missing(start, key);
        string unit = Text("unit"), counted = texts.GetValueOrDefault("counted_in", unit);
        if (!UnitConversion.TryFind(counted, unit, out _))
        {
            throw Error(start, $"'{counted}' cannot be told in '{unit}': times are ns, us, ms and s, sizes By, KiBy, MiBy and GiBy");
        }

        return new MapMetric
        {
            Line = (int)start.Start.Line,
            Column = (int)start.Start.Column,
            Map = Text("map") is ['@', ..] map ? map : throw Error(start, $"'map' is a map of the program, such as '@{Text("map")}'"),
            Name = Text("name"),
            Unit = unit,
            CountedIn = counted,
            Description = Text("description"),
            Instrument = instrument ?? throw Missing(start, "instrument"),
            Range = range,
            Attributes = attributes,
        };
    }

    private InstrumentKind ReadInstrument(ParsingEvent place) => ReadText("instrument") switch
    {
        "counter" => InstrumentKind.Counter,
        "updowncounter" => InstrumentKind.UpDownCounter,
        "gauge" => InstrumentKind.Gauge,
        "histogram" => InstrumentKind.Histogram,
        var other => throw Error(place, $"'{other}' is no instrument: write counter, updowncounter, gauge or histogram"),
    };

    private (long Least, long Greatest) ReadRange(ParsingEvent place)
    {
        List<long> bounds = [];
        ReadItems(() => bounds.Add(
            long.TryParse(ReadText("range"), NumberStyles.AllowLeadingSign | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out long bound)
                ? bound
                : throw Error(place, "'range' holds whole numbers, as the program counts them")));
        return bounds is [long least, long greatest] && least < greatest
            ? (least, greatest)
            : throw Error(place, "'range' is the least and the greatest value to tell apart: [1000, 1000000000]");
    }

    private KeyAttribute ReadAttribute()
    {
        ParsingEvent start = _parser.Current!;
        string? name = null, decoder = null, enumeration = null;
        var values = new Dictionary<string, string>();
        ReadMapping("an attribute", ["key", "decoder", "enum", "values"], (key, place) =>
        {
            switch (key)
            {
                case "key":
                    name = ReadText(key);
                    break;
                case "decoder":
                    decoder = ReadText(key);
                    if (!DecoderCatalog.Names.Contains(decoder))
                    {
                        throw Error(place, $"there is no decoder '{decoder}'; there are {string.Join(", ", DecoderCatalog.Names)}");
                    }

                    break;
                case "enum":
                    enumeration = ReadText(key);
                    break;
                default:
                    ReadMapping("'values'", null, (value, _) => values.Add(value, ReadText(value)));
                    break;
            }
        });
        if (decoder is not null && enumeration is not null)
        {
            throw Error(start, "an attribute has a decoder or an enum, not both");
        }

        return new KeyAttribute(name ?? throw Missing(start, "key"), decoder, values) { Enumeration = enumeration };
    }

    /// <summary>Reads keys and values.</summary>
    /// <param name="what">Which mapping, for messages.</param>
    /// <param name="known">The keys that it may have; null for any.</param>
    /// <param name="read">Reads the value of a key; gets the key and the value's place.</param>
    private void ReadMapping(string what, IReadOnlyList<string>? known, Action<string, ParsingEvent> read)
    {
        if (!_parser.TryConsume<MappingStart>(out _))
        {
            throw Error(_parser.Current!, known is null ? $"{what} has keys with values" : $"{what} has the keys {string.Join(", ", known)}");
        }

        var seen = new HashSet<string>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
            {
                throw Error(_parser.Current!, "a key must be a name");
            }

            if (known is not null && !known.Contains(key.Value))
            {
                throw Error(key, $"{what} has no '{key.Value}'; it has {string.Join(", ", known)}");
            }

            if (!seen.Add(key.Value))
            {
                throw Error(key, $"'{key.Value}' stands here for the second time");
            }

            read(key.Value, _parser.Current!);
        }
    }

    /// <summary>Reads a sequence, or what stands for its only item.</summary>
    private void ReadItems(Action read)
    {
        if (!_parser.TryConsume<SequenceStart>(out _))
        {
            read();
            return;
        }

        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            read();
        }
    }

    private string ReadText(string key) => _parser.TryConsume<Scalar>(out var scalar) && scalar.Value.Trim().Length > 0
        ? scalar.Value.Trim()
        : throw Error(_parser.Current!, $"'{key}' must be a text");

    private bool ReadSwitch(string key)
    {
        ParsingEvent place = _parser.Current!;
        return bool.TryParse(ReadText(key), out bool value) ? value : throw Error(place, $"'{key}' must be true or false");
    }

    private ProbeFileException Missing(ParsingEvent place, string key) => Error(place, $"'{key}' is missing here");

    private ProbeFileException Error(ParsingEvent place, string message) => new($"{_path}:{place.Start.Line}:{place.Start.Column}: {message}");
}
