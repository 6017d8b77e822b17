using System.Globalization;
using Sonde.Tracing.Sampling;

namespace Sonde.Agent.Configuration;

/// <summary>Which traces are kept.</summary>
/// <param name="ParentBased">Whether the decision that came with a request counts.</param>
/// <param name="Ratio">The part of the other traces that is kept, 0 to 1.</param>
internal sealed record Sampling(bool ParentBased, double Ratio)
{
    private const string Names =
        "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio";

    /// <summary>The specification's default.</summary>
    public static readonly Sampling Standard = new(ParentBased: true, Ratio: 1);

    /// <summary>Keeps all.</summary>
    public static readonly Sampling AlwaysOn = new(ParentBased: false, Ratio: 1);

    /// <summary>What decides so.</summary>
    public Sampler ToSampler() => ParentBased ? Sampler.ParentBased(Sampler.Ratio(Ratio)) : Sampler.Ratio(Ratio);

    /// <summary>Reads <c>OTEL_TRACES_SAMPLER</c> and its argument, or the rate when there is none.</summary>
    /// <param name="environment">Looks an environment variable up.</param>
    /// <param name="values">Hold the rate.</param>
    /// <param name="warnings">Gets a sentence for each value that is passed over.</param>
    public static Sampling Read(Func<string, string?> environment, SettingValues values, ICollection<string> warnings)
    {
        Sampling byRate = Standard with { Ratio = values.Get(SettingCatalog.SampleRate) / 100 };
        string? name = environment("OTEL_TRACES_SAMPLER")?.Trim();
        if (string.IsNullOrEmpty(name))
        {
            return byRate;
        }

        Sampling? named = name switch
        {
            "always_on" => AlwaysOn,
            "always_off" => new Sampling(ParentBased: false, Ratio: 0),
            "traceidratio" => new Sampling(ParentBased: false, Argument(environment, warnings)),
            "parentbased_always_on" => Standard,
            "parentbased_always_off" => new Sampling(ParentBased: true, Ratio: 0),
            "parentbased_traceidratio" => new Sampling(ParentBased: true, Argument(environment, warnings)),
            _ => null,
        };
        if (named is null)
        {
            warnings.Add($"OTEL_TRACES_SAMPLER={name} is passed over: it can be {Names}");
        }
        else if (values.IsSet(SettingCatalog.SampleRate))
        {
            warnings.Add($"OTEL_TRACES_SAMPLER={name} wins over the sample rate from {values.Describe(SettingCatalog.SampleRate).Origin}");
        }

        return named ?? byRate;
    }

    private static double Argument(Func<string, string?> environment, ICollection<string> warnings)
    {
        string? text = environment("OTEL_TRACES_SAMPLER_ARG")?.Trim();
        if (string.IsNullOrEmpty(text))
        {
            return 1;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double ratio) && ratio is >= 0 and <= 1)
        {
            return ratio;
        }

        warnings.Add($"OTEL_TRACES_SAMPLER_ARG={text} is not a number from 0 to 1: 1 is used");
        return 1;
    }
}
